# SPDX-License-Identifier: Apache-2.0
"""Hostile text -> C: identifiers, comments and string literals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

#: Identifiers longer than this are cut: C99 promises 63 significant characters, and prefixes and suffixes come on top.
_LONGEST = 40

# Keywords of C99 to C23 and of C++, with the alternative spellings of operators.
_KEYWORDS = """
alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept auto bitand bitor bool break case catch char
char8_t char16_t char32_t class compl concept const consteval constexpr constinit const_cast continue co_await co_return
co_yield decltype default delete do double dynamic_cast else enum explicit export extern false float for friend goto if
inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public reflexpr
register reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch
synchronized template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using
virtual void volatile wchar_t while xor xor_eq final override import module
"""

# Types and macros in lower case that <stdint.h>, <stddef.h>, <string.h> or a compiler define.
_TYPES_AND_MACROS = """
int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t intmax_t uintmax_t size_t
ptrdiff_t int_least8_t int_least16_t int_least32_t int_least64_t uint_least8_t uint_least16_t uint_least32_t
uint_least64_t int_fast8_t int_fast16_t int_fast32_t int_fast64_t uint_fast8_t uint_fast16_t uint_fast32_t
uint_fast64_t max_align_t linux unix arm i386 mips sparc sun vax near far huge interrupt
"""

# Functions that compilers know by name and warn about when something else has it.
_LIBRARY = """
abort abs acos acosh aligned_alloc alloca asin asinh assert atan atan2 atanh atexit atof atoi atol atoll bcmp bcopy
bzero cabs cacos cacosh calloc carg casin casinh catan catanh cbrt ccos ccosh ceil cexp cimag clog conj copysign cos
cosh cproj cpow creal csin csinh csqrt ctan ctanh dcgettext dgettext div drem erf erfc errno exit exp exp10 exp2 expm1
fabs fdim ffs floor fma fmax fmin fmod fprintf fputc fputs free frexp fscanf fwrite gamma gettext hypot ilogb imaxabs
index isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit j0 j1 jn
labs ldexp ldiv lgamma llabs llrint llround log log10 log1p log2 logb longjmp lrint lround malloc memccpy memchr memcmp
memcpy memmove mempcpy memset modf nan nearbyint nextafter nexttoward posix_memalign pow pow10 printf putchar puts qsort
raise rand read realloc remainder remove remquo rename rindex rint round scalb scalbln scalbn scanf setjmp signal
significand sin sincos sinh snprintf sprintf sqrt sscanf stpcpy stpncpy strcasecmp strcat strchr strcmp strcpy strcspn
strdup strfmon strftime strlen strncasecmp strncat strncmp strncpy strndup strpbrk strrchr strspn strstr system tan tanh
tgamma time toascii tolower toupper trunc vfprintf vfscanf vprintf vscanf vsnprintf vsprintf vsscanf write y0 y1 yn
"""

# File names that mean something else: headers of the C library, devices on Windows.
_FILES = """
complex ctype features fenv inttypes iso646 limits locale math memory stdalign stdarg stdatomic stdbit stdbool stdckdint
stddef stdint stdio stdlib stdnoreturn string strings tgmath threads uchar unistd wchar wctype
aux con nul prn com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9
"""

# Names of the generated code itself.
_OWN = "arena bytes index layer main"

_RESERVED = frozenset(" ".join((_KEYWORDS, _TYPES_AND_MACROS, _LIBRARY, _FILES, _OWN)).split())


def c_name(text: str, taken: Collection[str] = ()) -> str:
    """An identifier like `text` that C, C++ and file systems accept and that is not in `taken`.

    Lower case, so that its upper case form is as unique in macros; never begins with `ek_`, which the kernels own.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_LONGEST].rstrip("_")
    if not name:
        name = "unnamed"
    if name[0].isdigit() or name == "ek" or name.startswith("ek_"):
        name = f"n_{name}"
    if name in _RESERVED:
        name = f"{name}_"
    unique, number = name, 2
    while unique in taken:
        unique = f"{name}_{number}"
        number += 1
    return unique


def c_comment(text: str) -> str:
    """`text` so that it may stand in a C comment: one line of printable ASCII that opens and closes nothing."""
    plain = "".join(character if " " <= character <= "~" and character != "\\" else "?" for character in text)
    while (cleaned := plain.replace("*/", "* /").replace("/*", "/ *").replace("??", "?")) != plain:
        plain = cleaned
    return plain if len(plain) <= 120 else f"{plain[:117]}..."


def c_string(text: str) -> str:
    """`text` as a C string literal: UTF-8, all that is not plain ASCII in octal."""
    return '"' + "".join(_escaped(byte) for byte in text.encode("utf-8", "surrogatepass")) + '"'


def _escaped(byte: int) -> str:
    character = chr(byte)
    if character in '"\\?':
        return f"\\{character}"
    return character if " " <= character <= "~" else f"\\{byte:03o}"
