"""Short Python expressions that a simple programmer knows, and the words that speak of them.

An expression is made of pieces: a source of values, a filter, a map and a reduction; or it is one piece about
one, two or three arguments. In the pieces ``{0}``, ``{1}`` are arguments, ``S`` a sequence and ``x`` its element.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression over the parameters of a function.

    Attributes:
        text: of the expression.
        words: for each piece, the words that speak of it.
    """

    text: str
    words: tuple[frozenset[str], ...]

    def score(self, said: frozenset[str]) -> float:
        """How well it fits what is said; each piece that is not spoken of counts against it."""
        return sum(len(words & said) or -0.6 for words in self.words)


Piece = tuple[str, frozenset[str]]
_NO_WORDS = frozenset[str]()


def _pieces(table: str) -> list[Piece]:
    """Read lines of ``PIECE | WORDS``."""
    rows = (line.rsplit(" | ", 1) for line in table.strip().splitlines())
    return [(piece.strip(), frozenset(words.split())) for piece, words in rows]


_ONE = _pieces("""
{0} | same itself return
{0} * {0} | square squared
{0} ** 3 | cube cubed cubic volume
2 * {0} | double twice diameter
4 * {0} | perimeter square
6 * {0} ** 2 | surface area cube
math.pi * {0} ** 2 | area circle
2 * math.pi * {0} | circumference perimeter circle
4 / 3 * math.pi * {0} ** 3 | volume sphere
4 * math.pi * {0} ** 2 | surface area sphere
math.factorial({0}) | factorial
{0} * ({0} + 1) // 2 | sum first natural triangular
{0} - 1 | smaller previous before decrement
{0} + 1 | next increment successor
{0} % 1 | decimal fractional part
{0} // 1 | integer part floor
abs({0}) | absolute
-{0} | negative opposite
{0} % 2 == 0 | even
{0} % 2 == 1 | odd
{0} > 1 and all({0} % d for d in range(2, {0})) | prime
{0} < 2 or not all({0} % d for d in range(2, {0})) | not non prime composite
math.isqrt({0}) ** 2 == {0} | perfect square
{0} > 0 and {0} & ({0} - 1) == 0 | power two
bin({0})[2:] | binary
bin({0}).count('1') | binary one bit set
len(str(abs({0}))) | digit number length
str({0}) == str({0})[::-1] | palindrome
{0} == {0}[::-1] | palindrome
{0}[::-1] | reverse backward
{0}.upper() | upper uppercase capital
{0}.lower() | lower lowercase
{0}.swapcase() | swap flip case
{0}.title() | capitalize first letter word
{0}.strip() | whitespace leading trailing
{0}.replace(' ', '') | remove space whitespace
{0}.split() | word split separate
len({0}.split()) | number count word
' '.join({0}.split()[::-1]) | reverse word
' '.join(sorted({0}.split())) | sort word
''.join(sorted({0})) | sort letter character
len({0}) | length size number count
len(set({0})) == len({0}) | unique distinct duplicate all
len(set({0})) == 1 | same identical equal all
{0} == sorted({0}) | sorted ascending order increasing
{0} in (sorted({0}), sorted({0}, reverse=True)) | monotonic increasing decreasing
sum({0}.values()) | sum value dictionary
max({0}, key={0}.get) | maximum key value dictionary
sorted({0}) | sort key dictionary
list({0}.values()) | value dictionary
{v: k for k, v in {0}.items()} | invert swap key value dictionary
{v: list({0}).count(v) for v in {0}} | frequency count occurrence dictionary each
[v for part in {0} for v in part] | flatten nested
[sum(part) for part in {0}] | sum each sublist tuple
[max(part) for part in {0}] | maximum each sublist
sum(map(sum, {0})) | sum nested sublist total
max({0}, key=sum) | sublist maximum sum
[part[0] for part in {0}] | first element each sublist
[part[-1] for part in {0}] | last element each sublist
sorted({0}, key=lambda part: part[1]) | sort tuple second
list(zip(*{0})) | transpose column zip
list(zip({0}, {0}[1:])) | pair consecutive
[a + b for a, b in zip({0}, {0}[1:])] | sum consecutive pair
[b - a for a, b in zip({0}, {0}[1:])] | difference consecutive
""")
_TWO = _pieces("""
{0} + {1} | sum add plus concatenate merge
{0} - {1} | difference subtract
{0} * {1} | product multiply area rectangle parallelogram
{0} / {1} | divide ratio quotient
{0} // {1} | divide integer quotient
{0} % {1} | remainder modulo
{0} % {1} == 0 | divisible multiple
{0} ** {1} | power exponent raise
{0} * {1} / 2 | area triangle
2 * ({0} + {1}) | perimeter rectangle
abs({0} - {1}) | absolute difference distance
max({0}, {1}) | maximum larger largest greater bigger
min({0}, {1}) | minimum smaller smallest less
{0} == {1} | equal same
{0} > {1} | greater larger
{0} < {1} | less smaller
math.gcd({0}, {1}) | greatest common divisor gcd
math.lcm({0}, {1}) | least common multiple lcm
math.comb({0}, {1}) | binomial coefficient combination
math.perm({0}, {1}) | permutation coefficient
math.hypot({0}, {1}) | hypotenuse
math.pi * {0} ** 2 * {1} | volume cylinder
math.pi * {0} ** 2 * {1} / 3 | volume cone
2 * math.pi * {0} * {1} | lateral surface area cylinder
{1} in {0} | contain present exist check whether element substring
{0}.count({1}) | count occurrence time occur frequency appear
{0}.replace({1}, '') | remove delete
{0}.startswith({1}) | start begin prefix
{0}.endswith({1}) | end suffix
{0}.split({1}) | split separate
{0}.find({1}) | find position index substring
{0}.index({1}) | index position
sorted({0}) == sorted({1}) | anagram same character
set({0}) == set({1}) | same character element equal
bin({0} ^ {1}) | xor bit
{0} ^ {1} | xor
[x for x in {0} if x in {1}] | common intersection shared both
[x for x in {0} if x not in {1}] | difference remove not
sorted(set({0}) & set({1})) | common intersection unique sorted
sorted(set({0}) | set({1})) | union unique sorted
sorted({0} + {1}) | merge sorted combine
[x + y for x, y in zip({0}, {1})] | add sum corresponding two list
[x - y for x, y in zip({0}, {1})] | subtract difference two list
[x * y for x, y in zip({0}, {1})] | multiply product two list
[x / y for x, y in zip({0}, {1})] | divide two list
[abs(x - y) for x, y in zip({0}, {1})] | absolute difference two list
[v for pair in zip({0}, {1}) for v in pair] | interleave alternate
dict(zip({0}, {1})) | dictionary map key value
any(x in {1} for x in {0}) | any common
{0}[:{1}] | first beginning
{0}[-{1}:] | last
{0}[{1}] | element index nth
{0}[::{1}] | every nth
{0}[{1}:] + {0}[:{1}] | rotate left
{0}[-{1}:] + {0}[:-{1}] | rotate right
sorted({0})[{1} - 1] | kth smallest
sorted({0}, reverse=True)[{1} - 1] | kth largest
sorted({0})[:{1}] | smallest k
sorted({0}, reverse=True)[:{1}] | largest k
sorted({0})[-{1}:] | maximum k largest sorted
sum({0}[:{1}]) | sum first k
[part[{1}] for part in {0}] | element each sublist nth column
list(range({0}, {1} + 1)) | between range
""")
_THREE = _pieces("""
{0} + {1} + {2} | sum add
{0} * {1} * {2} | product volume cuboid
max({0}, {1}, {2}) | maximum largest
min({0}, {1}, {2}) | minimum smallest
({0} + {1} + {2}) / 3 | average mean median
{0} == {1} == {2} | equal equilateral same
len({{0}, {1}, {2}}) < 3 | isosceles equal
{0} + {1} > {2} and {1} + {2} > {0} and {0} + {2} > {1} | triangle valid
sum({0}[{1}:{2} + 1]) | sum range index
{0}.replace({1}, {2}) | replace
{0} + ({1} - 1) * {2} | arithmetic progression nth term
{0} * {1} * {2} / 100 | simple interest
math.pi * {0} * {1} * {2} | cylinder
[x for x in {0} if {1} <= x <= {2}] | range between
""")
_SOURCES = _pieces("""
{0} | list string tuple array number
{0}.split() | word sentence
[int(d) for d in str(abs({0}))] | digit
range({0}) | range below less
range(1, {0} + 1) | first natural until upto number
[d for d in range(1, {0} + 1) if {0} % d == 0] | divisor factor
""")
_FILTERS = _pieces("""
x > 0 | positive
x < 0 | negative
x % 2 == 0 | even
x % 2 == 1 | odd
x > 1 and all(x % d for d in range(2, x)) | prime
isinstance(x, int) | integer
isinstance(x, str) | string
x.isupper() | upper uppercase capital
x.islower() | lower lowercase
x.isdigit() | digit numeric
not x.isdigit() | digit remove
x.isalpha() | letter alphabet
x.lower() in 'aeiou' | vowel
x.lower() not in 'aeiou' | vowel remove without consonant
x | empty none truthy
len(x) % 2 == 0 | even length
len(x) % 2 == 1 | odd length
S.count(x) == 1 | once unique single
S.count(x) > 1 | duplicate repeat more
x != {1} | remove not except
x == {1} | equal occurrence
x > {1} | greater above larger
x < {1} | less below smaller
x % {1} == 0 | divisible multiple
x % {1} != 0 | not divisible
{1} in x | contain substring
x.startswith({1}) | start begin prefix
x.endswith({1}) | end suffix
len(x) == {1} | length size
len(x) > {1} | longer length
len(x) < {1} | shorter length
""")
_MAPS = _pieces("""
x + 1 | increment one
x * 2 | double
x * x | square squared
x ** 3 | cube cubed
abs(x) | absolute
len(x) | length
x[::-1] | reverse
x.upper() | upper uppercase
x.lower() | lower lowercase
x.swapcase() | swap case
x.title() | capitalize title
str(x) | string
int(x) | integer convert
float(x) | float convert
x % 2 | modulo two
1 / x | reciprocal
x + {1} | add
x * {1} | multiply
x - {1} | subtract
x / {1} | divide
x ** {1} | power
{1} + x | prefix insert
x + {1} | suffix append
""")
_REDUCTIONS = _pieces("""
list(S) | list return
sum(S) | sum total add
max(S) | maximum largest highest biggest greatest
min(S) | minimum smallest lowest least
len(list(S)) | number count many length
math.prod(S) | product multiply
sum(S) / len(S) | average mean
statistics.median(S) | median middle
statistics.mode(S) | mode frequent common
max(S) - min(S) | difference largest smallest range between maximum minimum
sum(S) % 2 == 0 | sum even
(sum(S), math.prod(S)) | tuple sum product
(min(S), max(S)) | tuple smallest largest
(max(S), min(S)) | tuple largest smallest
sorted(S) | sort ascending order increasing numerical
sorted(S, reverse=True) | sort descending reverse decreasing
sorted(S, key=len) | sort length
sorted(S, key=abs) | sort absolute
sorted(set(S)) | sort unique distinct
list(set(S)) | unique distinct duplicate remove
list(dict.fromkeys(S)) | unique duplicate remove order
len(set(S)) | number count distinct unique different
list(S)[::-1] | reverse backward
list(S)[0] | first
list(S)[-1] | last
list(S)[1:] | without first remove
list(S)[:-1] | without last remove
list(S)[len(list(S)) // 2] | middle
list(S)[::2] | even index every second alternate
list(S)[1::2] | odd index
sum(list(S)[::2]) | sum even index position
''.join(S) | string join concatenate
' '.join(S) | string join space
''.join(list(S)[::-1]) | string reverse
''.join(dict.fromkeys(S)) | string remove duplicate
max(S, key=len) | longest length maximum
min(S, key=len) | shortest length minimum
max(map(len, S)) | length longest maximum
max(S, key=list(S).count) | frequent common most mode
sorted(S)[1] | second smallest
sorted(S)[-2] | second largest
sorted(set(S))[1] | second smallest distinct
list(itertools.accumulate(S)) | running cumulative prefix
list(itertools.accumulate(S, max)) | rolling running maximum
any(S) | any exist
all(S) | all every
tuple(S) | tuple
tuple(sorted(S)) | tuple sort
list(enumerate(S)) | index pair
{x: list(S).count(x) for x in S} | frequency count occurrence dictionary
[list(S[: n + 1]) for n in range(len(S))] | prefix all
list(S) == sorted(S) | sorted order check
sum(a > b for a, b in zip(S, S[1:])) == 0 | ascending sorted
""")


def expressions(parameters: Sequence[str], said: frozenset[str]) -> list[Expression]:
    """The expressions over the parameters, those first that fit best what is said.

    Several pieces are put together only if each, but the source, is spoken of.
    """
    found = [
        Expression(_fill(piece, names), (words,))
        for number, pieces in ((1, _ONE), (2, _TWO), (3, _THREE))
        for names in permutations(parameters, number)
        for piece, words in pieces
    ]
    for names in permutations(parameters, min(len(parameters), 2)):
        found += _pipelines(names, said)
    return sorted(found, key=lambda expression: -expression.score(said))


def _pipelines(names: Sequence[str], said: frozenset[str]) -> Iterator[Expression]:
    """Reduce the mapped elements that pass a filter."""
    filters = [("", _NO_WORDS), *_spoken_of(_FILTERS, names, said)]
    maps = [("x", _NO_WORDS), *_spoken_of(_MAPS, names, said)]
    reductions = [_REDUCTIONS[0], *_spoken_of(_REDUCTIONS[1:], names, said)]
    for (source, *of), (condition, *its), (value, *whose) in product(_SOURCES, filters, maps):
        sequence = source
        if condition or value != "x":
            test = f" if {condition.replace('S', source)}" if condition else ""
            sequence = f"[{value} for x in {source}{test}]"
        for reduction, *words in reductions:
            text = _fill(reduction.replace("S", sequence), names)
            yield Expression(text, tuple(filter(None, (*of, *its, *whose, *words))))


def _spoken_of(pieces: Sequence[Piece], names: Sequence[str], said: frozenset[str]) -> list[Piece]:
    return [
        piece for piece in pieces if piece[1] & said and ("{1}" not in piece[0] or len(names) > 1)
    ]


def _fill(piece: str, names: Sequence[str]) -> str:
    for number, name in enumerate(names):
        piece = piece.replace(f"{{{number}}}", name)
    return piece
