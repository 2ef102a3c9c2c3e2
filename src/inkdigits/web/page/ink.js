/**
 * Strokes, and how they become a picture to read. Points are in units of the paper's height, so that a drawing keeps
 * its shape when the window changes its own.
 */

// Of what is written, strokes included: as wide as MNIST's. Nine to fourteen hundredths read alike.
const STROKE_WIDTH = 0.115;
const DIGIT_SIDE = 88; // pixels of the longer side of a digit, strokes included
const LINE_HEIGHT = 64; // pixels of the tallest stroke in a line
const LONGEST_LINE = 1400; // pixels
const SMALLEST = 0.12; // of the paper's height: what is smaller is a dot or a dash, and no tiny digit
const MARGIN = 0.3; // of the height of what is written, on every side
const NARROWEST = 0.6; // of that height: a straight 1 on a strip of its own width looks like a ruled line

/** Draw strokes as smooth, round lines: through the middles of neighboring points, bent by the points themselves. */
export function paintStrokes(context, strokes, scale, width) {
  context.lineWidth = width;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const points of strokes) {
    const [first, ...rest] = points.map(([x, y]) => [x * scale, y * scale]);
    context.beginPath();
    context.moveTo(...first);
    if (rest.length === 0) context.lineTo(first[0] + 0.01, first[1]);
    rest.forEach((point, index) => {
      const next = rest[index + 1];
      if (next) context.quadraticCurveTo(...point, (point[0] + next[0]) / 2, (point[1] + next[1]) / 2);
      else context.lineTo(...point);
    });
    context.stroke();
  }
}

/**
 * Return strokes as a gray picture, black on white, anti-aliased, in a size that suits the model: a Blob in the PGM
 * format, which needs no time to encode.
 */
export function renderStrokes(strokes, kind) {
  const bounds = boundsOf(strokes.flat());
  const [width, height] = [bounds.right - bounds.left, bounds.bottom - bounds.top];
  const tallest = Math.max(...strokes.map((points) => extent(points, 1)));
  const single = kind === "digit";
  const unit = Math.max(single ? Math.max(width, height) : Math.max(tallest, 0.45 * height), SMALLEST);
  const wanted = single ? DIGIT_SIDE * (1 - STROKE_WIDTH) : LINE_HEIGHT;
  const scale = Math.min(wanted / unit, LONGEST_LINE / Math.max(width, unit));
  const margin = MARGIN * unit;
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil((Math.max(width, (single ? 1 : NARROWEST) * unit) + 2 * margin) * scale);
  canvas.height = Math.ceil((Math.max(height, unit) + 2 * margin) * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  const middle = [(bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2];
  context.translate(canvas.width / 2 - middle[0] * scale, canvas.height / 2 - middle[1] * scale);
  context.strokeStyle = "#000";
  paintStrokes(context, strokes, scale, (STROKE_WIDTH * unit * scale) / (1 - STROKE_WIDTH));
  return grayBlob(context.getImageData(0, 0, canvas.width, canvas.height));
}

function grayBlob({ width, height, data }) {
  const gray = new Uint8Array(width * height);
  for (let index = 0; index < gray.length; index += 1) gray[index] = data[4 * index];
  return new Blob([`P5\n${width} ${height}\n255\n`, gray], { type: "image/x-portable-graymap" });
}

function boundsOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

function extent(points, axis) {
  const places = points.map((point) => point[axis]);
  return Math.max(...places) - Math.min(...places);
}
