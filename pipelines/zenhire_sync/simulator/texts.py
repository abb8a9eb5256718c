"""Texts people really type, and those that break programs."""

from __future__ import annotations

from collections.abc import Mapping

ROLES = (
    "Data Engineer",
    "Customer Support Agent",
    "Ingeniera de datos, sénior",
    'Account Executive "EMEA"',
    "C++/Rust Developer",
    "Pflegefachkraft (m/w/d)",
    "データアナリスト",
    "مهندس برمجيات",
    "Sales O'Neil; Team",
)
# as long as some companies write them; a number follows, so that cut short they are all the same
LONG_ROLES = (
    "Ingeniera de datos sénior para la plataforma de integración de fuentes de terceros, de noche, Barcelona",
    "Senior Customer Support Agent for enterprise accounts in Europe, Middle East and Africa, second line",
    "Donaudampfschifffahrtsgesellschaftskapitänsanwärterinnenausbildungsleitung (m/w/d), Standort Regensburg",
    "大規模分散システムの信頼性を担当する上級データ基盤エンジニア兼技術責任者、東京本社勤務、夜間対応あり",
    "مهندس برمجيات أول لتطوير منصات تحليل بيانات المقابلات في الشرق الأوسط وشمال أفريقيا، دوام كامل",
    "מהנדסת תוכנה בכירה לפיתוח מערכות נתונים מבוזרות בזמן אמת, משרד תל אביב, משמרת לילה",
)
LONG_TAG = "campaign-of-the-second-half-of-the-year-"
LONG_REFERENCE = (
    "urn:applicant-tracking:tenant:0f5f2c1e-recruiting-emea:requisition:2026-senior-data-engineer-barcelona:"
    "stage:second-interview:source:campus-fair-of-the-technical-university:application:"
)

# the first seven are what a company has unless it is told otherwise
LANGUAGES = (
    *("en", "en-GB", "es", "de", "ja", "ar", "fr"),
    *("pt-BR", "it", "nl", "pl", "sv", "da", "fi", "nb", "cs", "el", "tr", "he", "hi", "ko", "zh-Hans"),
    *(
        "zh-Hant-TW",
        "th",
        "vi",
        "id",
        "uk",
        "ro",
        "hu",
        "ca",
        "eu",
        "sw",
        "fil",
        "ur",
        "fa",
        "bn",
        "ta",
        "te",
    ),
    *("es-419", "sr-Latn-RS"),
)

PLAIN_TAGS = ("campus", "referral", "urgent", "q1", "senior", "remote", "night-shift", "pilot")
AWKWARD_TAGS = (
    "a,b",
    "'; drop table sessions; --",
    "../../etc/passwd",
    "tag with spaces ",
    "été",
    "\U0001f680\U0001f525",
    "שלום",
    'say "hi"',
    "null",
    "x" * 40,
)

PLAIN_KEYS = ("campaign", "ats_id", "recruiter", "stage", "score", "attempt", "is_internal", "links")
# What a company writes under them; a number takes the place of {}.
PLAIN_VALUES: Mapping[str, tuple[str, ...]] = {
    "campaign": (
        "Spring graduates",
        "Night shift",
        "Returners",
        "Referral week",
        "Rebuild of the support team",
    ),
    "ats_id": ("REQ-{}",),
    "recruiter": ("Ana Ruiz", "Tom Okafor", "Mei Lin", "J. O'Neill", "Zoë Brandt"),
    "stage": ("screening", "assessment", "onsite", "offer"),
    "score": ("{}",),
    "attempt": ("1", "1", "1", "2"),
    "is_internal": ("no", "no", "no", "yes"),
    "links": ("ats.example.org/candidates/{}",),
}
AWKWARD_KEYS = (
    "a.b.c",
    "with space",
    'quo"te',
    "'; drop table x",
    "../../x",
    "ключ",
    "\U0001f511",
    "Key",
    "key",
    "__proto__",
    "id",
    "k" * 40,
)
AWKWARD_VALUES: tuple[object, ...] = (
    "'; drop table sessions; --",
    "../../x",
    "line one\nline two\r\n\tthree",
    'comma, "quote", \\backslash\\',
    "مرحبا بالعالم",
    "\U0001f469\u200d\U0001f4bb \U0001f1ea\U0001f1f8",
    "",
    " ",
    "null",
    "v" * 500,
    None,
    True,
    False,
    0,
    -1,
    9007199254740993,
    3.25,
    1e-9,
    [],
    {},
    [1, "two", None, [3.5, {"four": True}]],
    {"nested": {"list": [1, 2], "none": None}, "dotted.key": "x"},
)

GOOD_COMMENTS = ("Great, thank you", "Clear questions and a fair pace.", "Muy amable \U0001f60a", "ok")
BAD_COMMENTS = (
    "The voice cut out twice and I had to repeat myself.",
    "Too long, and it did not understand my accent.",
    "It asked the same question three times",
    "Unfair. I would not recommend this company",
)
AWKWARD_COMMENTS = (
    "first line\nsecond line\r\n\r\nlast, with \"quotes\", 'apostrophes' and a comma",
    '=HYPERLINK("http://example.invalid","click")',
    "<script>alert('x')</script>",
    "لم أفهم السؤال الثالث",
    "\U0001f621\U0001f621\U0001f621",
    "'; drop table session_feedback; --",
    "e\u0301 is not \u00e9",
    "very " * 800 + "long",
    "",
)

CANDIDATE_REFS = ("cand", "applicant", "greenhouse", "ref")
AWKWARD_REFS = (
    "josé@example.com",
    "a/b?c=d&e#f",
    "r" * 256,
    "\U0001f464 42",
    " 007 ",
    "مرشح-7",
    "1e5",
    "NaN",
)

PROMPT_PARTS = (
    "You interview candidates for the role. Be kind and brief.",
    "Ask about the last project, then about a failure.",
    "Never discuss pay.\nIf asked, say that a person will answer.",
    "Judge only what is said: no accent, no pauses.",
    'Close with: "Thank you; you will hear from us."',
    "Keep {{candidate_name}} and $variables as they are.",
)
