"""What a text's marks become: shown to everybody alike, harmless, and soon done whatever it holds."""

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
def test_marks_become_html(text, html):
    assert html in rendered(text)


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_is_no_mark_stays_as_it_is(text):
    assert "mention" not in rendered(text)
    assert not any(f"<{tag}" in rendered(text) for tag in ("a ", "h1", "hr", "img"))


@pytest.mark.parametrize("text", UNSAFE)
def test_nothing_comes_through_that_could_run(text):
    html = rendered(text)
    tags = html.split("<")[1:]
    assert not [tag for tag in tags if tag.startswith(("script", "svg", "img"))]
    assert not [tag for tag in tags if " on" in tag.partition(">")[0]]
    assert not [tag for tag in tags if 'href="' in tag and 'href="http' not in tag]


def lines_run(text):
    """How many lines of Python it takes to render `text`."""
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
def test_the_work_grows_with_the_text_and_no_faster(pattern):
    short, long = ((pattern * LIMIT)[:length] for length in (LIMIT // 16, LIMIT // 2))
    assert lines_run(long) < 16 * lines_run(short) + 2_500


@pytest.mark.parametrize("pattern", HOSTILE + [f"```py\n{piece * LIMIT}" for piece in HOSTILE_CODE])
def test_no_text_becomes_a_flood(pattern):
    text = (pattern * LIMIT)[:LIMIT]
    assert len(rendered(text)) <= 5 * LIMIT


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_pattern_of_a_language_can_be_tried_in_two_ways(language):
    """What repeats without an end is one character of a class, or keeps what it has taken: nothing is tried again."""
    repeats = list(endless_repeats(_parser.parse(LANGUAGES[language].pattern.pattern)))
    assert repeats
    assert [body for possessive, body in repeats if not possessive and len(body) > 1] == []
    assert [body for possessive, body in repeats if not possessive and str(body[0][0]) not in ONE_CHARACTER] == []


ONE_CHARACTER = {"IN", "LITERAL", "NOT_LITERAL", "ANY"}


def endless_repeats(pattern):
    """The parts of a parsed regular expression that may repeat for ever: whether possessive, and what repeats."""
    for operation, argument in pattern:
        if "REPEAT" in str(operation) and argument[1] is _parser.MAXREPEAT:
            yield str(operation) == "POSSESSIVE_REPEAT", argument[2]
        yield from endless_repeats_within(argument)


def endless_repeats_within(argument):
    for part in argument if isinstance(argument, tuple | list) else [argument]:
        if isinstance(part, _parser.SubPattern):
            yield from endless_repeats(part)
        elif isinstance(part, tuple | list):
            yield from endless_repeats_within(part)


def test_quotes_within_quotes_have_an_end_and_lose_nothing():
    assert rendered("> " * 40 + "deep").count("&gt;") == 40


async def test_everybody_is_shown_the_same(people, join):
    ana, bruno = await join(people.ana), await join(people.bruno)
    await ana.say(f"*hola* @{people.bruno.name}")
    shown = await bruno.hear(f"*hola* @{people.bruno.name}")
    mention = f'<span class="mention" data-user="{people.bruno.id}">@{people.bruno.name}</span>'
    assert shown["html"] == f"<p><em>hola</em> {mention}</p>"
    assert (await ana.hear("*hola* @" + people.bruno.name))["html"] == shown["html"]


async def test_an_edit_is_rendered_anew_and_an_erasure_leaves_nothing(people, join):
    ana = await join(people.ana)
    room = (await ana.command(f"#cR {unique('room')}"))["data"]["room"]["id"]
    ack = await ana.say("*first*")
    await ana.send(type="edit", id="e", room=room, seq=ack["seq"], text="**second**")
    assert (await ana.hear("**second**"))["html"] == "<p><strong>second</strong></p>"
    await ana.send(type="erase", id="d", room=room, seq=ack["seq"])
    await ana.expect("ack", id="d")
    await ana.settle()
    assert ana.log(room)[-1]["html"] == ""


def test_what_was_said_before_there_were_marks_reads_as_it_was():
    assert Message(text="a < *b*").rendered == "<p>a &lt; *b*</p>"
    assert Message(text="").rendered == ""
