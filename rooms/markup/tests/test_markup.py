"""Markup: rendered HTML, safety on hostile input, and bounds on time and size."""

import sys
from re import _parser

import pytest

from rooms.markup import plain, render
from rooms.markup.languages import LANGUAGES
from rooms.models.message import Message
from tests.people import unique

pytestmark = pytest.mark.once("embedded")

PEOPLE = {"anna": 7, "bruno.x": 8, "नमस्ते": 9}
REL = 'target="_blank" rel="noopener noreferrer nofollow"'
LIMIT = 8_000

TEXTS = [
    ("hola\n<b>you</b> & me", "<p>hola<br>&lt;b&gt;you&lt;/b&gt; &amp; me</p>"),
    ("*a* **b** ~~c~~ `d < e`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d &lt; e</code></p>"),
    ("snake_case_name 2*3*4", "<p>snake_case_name 2<em>3</em>4</p>"),
    ("> she said\n> so\n\nwell", "<blockquote><p>she said<br>so</p></blockquote><p>well</p>"),
    ("- a\n- b\n  - c", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
    ("3. x\n4. y", '<ol start="3"><li>x</li><li>y</li></ol>'),
    ("```\n<x>\n\n y\n```", "<pre><code>&lt;x&gt;\n\n y\n</code></pre>"),
    ("```py\nreturn 'x'\n```", '<span class="keyword">return</span> <span class="string">\'x\'</span>'),
    ("```nosuch\na\n```", "<pre><code>a\n</code></pre>"),
    ("[*x*](https://a.org 'title')", f'<p><a href="https://a.org" {REL}><em>x</em></a></p>'),
    ("(https://a.org/b_(c)?d=1).", f'<p>(<a href="https://a.org/b_(c)?d=1" {REL}>https://a.org/b_(c)?d=1</a>).</p>'),
    ("[https://a.org](https://b.org)", f'<p><a href="https://b.org" {REL}>https://a.org</a></p>'),
    ("<mailto:a@b.org>", f'<p><a href="mailto:a@b.org" {REL}>mailto:a@b.org</a></p>'),
    ("@anna, hi", '<p><span class="mention" data-user="7">@anna</span>, hi</p>'),
    ("@bruno.x.", '<p><span class="mention" data-user="8">@bruno.x</span>.</p>'),
    ("@नमस्ते!", '<p><span class="mention" data-user="9">@नमस्ते</span>!</p>'),
    (":tada: :+1: :nothing: 12:30:45", "<p>🎉 👍 :nothing: 12:30:45</p>"),
]
UNTOUCHED = ["write to a@anna.org", "@annas", "`@anna` is code", "# no heading", "---", "![i](/x.png)", "[x](/rooms/)"]
UNSAFE = [
    "[x](javascript:alert(1))",
    "[x](JaVaScript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<img src=x onerror=alert(1)> *a*",
    "*a* <a href='https://a.org' onclick=alert(1)>",
    '[x](https://a.org"onmouseover="alert(1))',
    "[x](https://a.org '\"><svg onload=alert(1)>')",
    '```"><script>\nx\n```',
    "```py\n</code></pre><script>alert(1)</script>\n```",
    'https://a.org/"><script>alert(1)</script>',
]
HOSTILE = ["*a ", "**a*", "*_", "*", "_a ", "[", "[a](", "[a](<b", "`a", ">", "> ", "> a\n", "- ", "- a\n", "1. ", "\\"]
HOSTILE += [
    "<",
    "<http://",
    "https://a",
    "https://a)",
    "@anna ",
    "@abcd ",
    "@",
    ":a",
    "~~a ",
    "~",
    "```\n",
    '[a](b "',
    "[`",
]
HOSTILE += ["[a]: ", "> - ", "![", "*a* _b_ ", "\t- ", "a  \n*", "*[a](http://b)* "]
HOSTILE_CODE = [
    "(1",
    "a",
    '"',
    "'",
    "/*",
    "<!--",
    "<a ",
    "{",
    "a:",
    "${",
    "\\",
    "`",
    "--",
    "#",
    "a\n",
    "\n",
    "a(",
    '"""',
    "a -",
]


def rendered(text):
    return render(text, lambda names: {name: PEOPLE[name] for name in names if name in PEOPLE}) or plain(text)


@pytest.mark.parametrize(("text", "html"), TEXTS)
def test_markup_is_rendered(text, html):
    assert html in rendered(text)


@pytest.mark.parametrize("text", UNTOUCHED)
def test_unsupported_markup_stays_text(text):
    assert "mention" not in rendered(text)
    assert not any(f"<{tag}" in rendered(text) for tag in ("a ", "h1", "hr", "img"))


@pytest.mark.parametrize("text", UNSAFE)
def test_hostile_markup_renders_nothing_executable(text):
    html = rendered(text)
    tags = html.split("<")[1:]
    assert not [tag for tag in tags if tag.startswith(("script", "svg", "img"))]
    assert not [tag for tag in tags if " on" in tag.partition(">")[0]]
    assert not [tag for tag in tags if 'href="' in tag and 'href="http' not in tag]


def lines_run(text):
    """The number of Python lines executed to render `text`."""
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        rendered(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("pattern", HOSTILE)
def test_rendering_time_is_linear(pattern):
    short, long = ((pattern * LIMIT)[:length] for length in (LIMIT // 16, LIMIT // 2))
    assert lines_run(long) < 16 * lines_run(short) + 2_500


@pytest.mark.parametrize("pattern", HOSTILE + [f"```py\n{piece * LIMIT}" for piece in HOSTILE_CODE])
def test_rendered_size_is_bounded(pattern):
    text = (pattern * LIMIT)[:LIMIT]
    assert len(rendered(text)) <= 5 * LIMIT


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_highlighting_patterns_cannot_backtrack(language):
    """Every unbounded repeat is possessive, or of a single character class: there is nothing to backtrack into."""
    repeats = list(unbounded_repeats(_parser.parse(LANGUAGES[language].pattern.pattern)))
    assert repeats
    assert [body for possessive, body in repeats if not possessive and len(body) > 1] == []
    assert [body for possessive, body in repeats if not possessive and str(body[0][0]) not in ONE_CHARACTER] == []


ONE_CHARACTER = {"IN", "LITERAL", "NOT_LITERAL", "ANY"}


def unbounded_repeats(pattern):
    """The unbounded repeats of a parsed regular expression: whether each is possessive, and its body."""
    for operation, argument in pattern:
        if "REPEAT" in str(operation) and argument[1] is _parser.MAXREPEAT:
            yield str(operation) == "POSSESSIVE_REPEAT", argument[2]
        yield from unbounded_repeats_within(argument)


def unbounded_repeats_within(argument):
    for part in argument if isinstance(argument, tuple | list) else [argument]:
        if isinstance(part, _parser.SubPattern):
            yield from unbounded_repeats(part)
        elif isinstance(part, tuple | list):
            yield from unbounded_repeats_within(part)


def test_too_deeply_nested_quotes_stay_plain_text():
    assert rendered("> " * 40 + "deep").count("&gt;") == 40


async def test_all_clients_get_the_same_html(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)
    await ana.send_message(f"*hola* @{people.bruno.name}")
    shown = await bruno.expect_message(f"*hola* @{people.bruno.name}")
    mention = f'<span class="mention" data-user="{people.bruno.id}">@{people.bruno.name}</span>'
    assert shown["html"] == f"<p><em>hola</em> {mention}</p>"
    assert (await ana.expect_message("*hola* @" + people.bruno.name))["html"] == shown["html"]


async def test_edit_renders_again_and_erasure_clears_the_html(people, join):
    ana = await join(people.ana)
    room = (await ana.command(f"#cR {unique('room')}"))["data"]["room"]["id"]
    ack = await ana.send_message("*first*")
    await ana.send(type="edit", id="e", room=room, seq=ack["seq"], text="**second**")
    assert (await ana.expect_message("**second**"))["html"] == "<p><strong>second</strong></p>"
    await ana.send(type="erase", id="d", room=room, seq=ack["seq"])
    await ana.expect("ack", id="d")
    await ana.settle()
    assert ana.log(room)[-1]["html"] == ""


def test_message_without_html_renders_as_plain_text():
    assert Message(text="a < *b*").rendered == "<p>a &lt; *b*</p>"
    assert Message(text="").rendered == ""
