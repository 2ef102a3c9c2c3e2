from inkdigits.evaluation.report_page import make_page, make_section, make_table, make_tiles


def test_plain_text_is_escaped_and_html_is_not() -> None:
    body = make_table(["<tr><td>$5</td></tr>"])
    page = make_page(
        "<title>", make_tiles([("<name>", "a & b")]), [make_section("<heading>", "<note>", body)]
    )
    for text in ("&lt;title&gt;", "&lt;name&gt;", "a &amp; b", "&lt;heading&gt;", "&lt;note&gt;"):
        assert text in page
    assert "<tr><td>$5</td></tr>" in page


def test_a_style_of_ones_own_comes_after_the_shared_one() -> None:
    page = make_page("title", "", [], "h1 { color: red; }")
    assert page.index("h1 { margin: 0;") < page.index("h1 { color: red; }") < page.index("</style>")
    assert "default-src 'none'" in page
