"""Tokens of the languages with syntax highlighting: comments, strings, numbers, keywords."""

import re
from dataclasses import dataclass

# No backtracking: quantifiers are possessive (`*+`), and an unterminated string or comment matches to the end of the
# text. So the time is linear in the length of any text.
HASH = r"#[^\n]*"
SLASHES = r"//[^\n]*"
DASHES = r"--[^\n]*"
BLOCK = r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
MARKUP_COMMENT = r"<!--(?:[^-]|-(?!->))*+(?:-->)?"
DOUBLE = r'"(?:[^"\\\n]|\\.)*+"?'
SINGLE = r"'(?:[^'\\\n]|\\.)*+'?"
BACKTICK = r"`(?:[^`\\]|\\.)*+`?"
TRIPLE = r'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|' + r"'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?"
NUMBER = r"\b\d[\w.]*+"
WORD = r"[^\W\d]\w*+"
CALLED = WORD + r"(?=\()"
KEY = r"[^\W\d][\w-]*+(?=\s*+[:=])"
C_COMMENTS = f"{SLASHES}|{BLOCK}"
QUOTED = f"{DOUBLE}|{SINGLE}"


@dataclass(frozen=True, slots=True)
class Language:
    """The names of `pattern`'s groups are CSS classes; `keywords` are those of the group `word` to highlight."""

    pattern: re.Pattern[str]
    keywords: frozenset[str] = frozenset()
    ignores_case: bool = False

    def is_keyword(self, word: str) -> bool:
        return (word.casefold() if self.ignores_case else word) in self.keywords


def language(keywords: str = "", *, ignores_case: bool = False, word: str = WORD, **classes: str) -> Language:
    """A language with a pattern for each CSS class, tried in this order."""
    groups = {**classes, "word": word}
    pattern = "|".join(f"(?P<{name}>{pattern})" for name, pattern in groups.items())
    return Language(re.compile(pattern, re.MULTILINE), frozenset(keywords.split()), ignores_case)


def c_like(keywords: str, string: str = QUOTED) -> Language:
    return language(
        keywords,
        comment=C_COMMENTS,
        string=string,
        number=NUMBER,
        name=f"(?!(?:if|for|while|switch|return|catch)\\b){CALLED}",
    )


MARKUP = language(comment=MARKUP_COMMENT, keyword=r"</?[^\W\d][\w:-]*+|/?>", string=r'=(?:"[^"]*+"?|\'[^\']*+\'?)')
SETTINGS = language("true false null yes no on off", comment=HASH, name=KEY, string=QUOTED, number=NUMBER)
SHELL = language(
    "if then else elif fi for while until do done case esac in function return export local set exit echo cd sudo",
    comment=r"(?:^|(?<=\s))" + HASH,
    string=QUOTED,
    name=r"\$\{?\w*+\}?",
)
SCRIPT = c_like(
    "abstract as async await break case catch class const continue debugger default delete do else enum export "
    "extends false finally for from function get if implements import in instanceof interface let new null of "
    "private protected public readonly return set static super switch this throw true try type typeof undefined var "
    "void while with yield",
    f"{QUOTED}|{BACKTICK}",
)
C = c_like(
    "alignas auto bool break case catch char class const constexpr continue default delete do double else enum "
    "explicit extern false float for friend goto if inline int long namespace new noexcept nullptr operator "
    "override private protected public return short signed sizeof static struct switch template this throw true try "
    "typedef typename union unsigned using virtual void volatile while"
)
JAVA = c_like(
    "abstract as assert async await base bool boolean break by byte case catch char class companion const continue "
    "data decimal default delegate do double else enum event extends false final finally float for foreach fun get "
    "if implements import in int interface internal is lateinit lock long namespace native new null object open "
    "operator out override package params private protected public readonly record ref return sealed set short "
    "static string struct super suspend switch synchronized this throw throws transient true try typeof using val "
    "var virtual void volatile when where while yield",
    f"{TRIPLE}|{QUOTED}",
)
LANGUAGES = {
    "bash": SHELL,
    "c": C,
    "cpp": C,
    "csharp": JAVA,
    "css": language(comment=BLOCK, string=QUOTED, keyword=r"@[\w-]++|!important\b", name=KEY, number=r"#?\b\d[\w.%]*+"),
    "diff": language(inserted=r"^\+[^\n]*", deleted=r"^-[^\n]*", comment=r"^@@[^\n]*"),
    "go": c_like(
        "break case chan const continue default defer else fallthrough false for func go goto if import interface "
        "map nil package range return select struct switch true type var bool byte error float64 int int64 rune "
        "string uint",
        f"{QUOTED}|{BACKTICK}",
    ),
    "html": MARKUP,
    "java": JAVA,
    "javascript": SCRIPT,
    "json": language("true false null", string=DOUBLE, number=rf"-?{NUMBER}"),
    "kotlin": JAVA,
    "php": c_like(
        "abstract and array as break case catch class const continue default do echo else elseif extends false "
        "final finally fn for foreach function global if implements include interface isset match namespace new "
        "null or private protected public require return static switch this throw trait true try unset use var "
        "while xor yield"
    ),
    "python": language(
        "False None True and as assert async await break case class continue def del elif else except finally for "
        "from global if import in is lambda match nonlocal not or pass raise return self try while with yield",
        comment=HASH,
        string=f"{TRIPLE}|{QUOTED}",
        number=NUMBER,
        name=rf"@[\w.]++|(?!(?:if|while|return|in|not|and|or)\b){CALLED}",
    ),
    "ruby": language(
        "alias and begin break case class def do else elsif end ensure false for if in module next nil not or "
        "private puts raise require rescue return self super then true unless until when while yield",
        comment=HASH,
        string=QUOTED,
        number=NUMBER,
        name=r"[:@]\w++",
    ),
    "rust": c_like(
        "as async await bool break char const continue crate dyn else enum extern f64 false fn for i32 i64 if impl "
        "in let loop match mod move mut pub ref return self Self static str String struct super trait true type u32 "
        "u64 u8 unsafe use usize where while",
        DOUBLE,
    ),
    "sql": language(
        "add all alter and as asc begin between by case check column commit constraint create cross default delete "
        "desc distinct drop else end exists false foreign from full group having if in index inner insert into is "
        "join key left like limit not null offset on or order outer primary references returning right rollback "
        "select set table then true union unique update using values view when where with",
        ignores_case=True,
        comment=f"{DASHES}|{BLOCK}",
        string=QUOTED,
        number=NUMBER,
    ),
    "swift": c_like(
        "as async await break case catch class continue default defer do else enum extension false for func guard "
        "if import in init inout is let nil private protocol public return self static struct super switch throw "
        "throws true try var where while",
        f"{TRIPLE}|{DOUBLE}",
    ),
    "toml": SETTINGS,
    "typescript": SCRIPT,
    "xml": MARKUP,
    "yaml": SETTINGS,
}
ALIASES = {
    "c++": "cpp", "cs": "csharp", "console": "bash", "js": "javascript", "jsx": "javascript", "kt": "kotlin",
    "py": "python", "rb": "ruby", "rs": "rust", "sh": "bash", "shell": "bash", "svg": "xml", "ts": "typescript",
    "tsx": "typescript", "yml": "yaml", "zsh": "bash",
}  # fmt: skip


def find_language(name: str) -> Language | None:
    """The language of this name or alias."""
    name = name.casefold()
    return LANGUAGES.get(ALIASES.get(name, name))
