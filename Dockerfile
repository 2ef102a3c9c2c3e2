# The server: docker build -t inkdigits . && docker run --rm -p 127.0.0.1:8000:8000 -e INKDIGITS_API_KEY=... inkdigits
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY src src
RUN python -m venv /opt/inkdigits \
    && /opt/inkdigits/bin/pip install --no-cache-dir --constraint constraints.txt '.[serve,heic]'

FROM python:3.13-slim
COPY --from=build /opt/inkdigits /opt/inkdigits
RUN useradd --system --uid 10001 inkdigits && install -d -o inkdigits /data
USER inkdigits
ENV PATH=/opt/inkdigits/bin:$PATH INKDIGITS_HOST=0.0.0.0
EXPOSE 8000
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/v1/ready', timeout=4)"]
CMD ["inkdigits", "serve"]
