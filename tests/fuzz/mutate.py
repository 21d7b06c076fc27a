"""Seeded damage: bytes, lines, words, parts of an archive. Same seed, same damage."""

from __future__ import annotations

import io
import random
import warnings
import zipfile

# What a hostile or clumsy author would write.
WORDS = [w.encode() for w in (
    "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "<script>alert(1)</script>", "{{< include /x >}}",
    "{{nom}}", "../../../etc/passwd", "!!python/object/apply:os.system [ls]", "&a [*a, *a]", "*a",
    "<<: *a", "2022-13-45", "12:61:99", "99999999999999999999999", "-1", "nan", "inf", "1e400",
    "0x1F", "\u202e", "\ufeff", "é" * 40, "\x1b[2J", "\r", "\t", '"', "'", ";", "[", "{", "]]>",
    "<!ENTITY a 'b'>", "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>", "&a;", "null",
    "---", "...", "|", ">", "%", "#", "- - - -", "? :", "_", "region", "06", "FR", "total")]
WORDS += [b"\x00", b"\xff\xfe", b"\x80\x81", b"\n\n\n", b"\xf0\x9f\x92\xa9", b"", b"PK\x05\x06"]


def damaged(content: bytes, seed: int) -> bytes:
    """`content` with one to four defects; archives are damaged inside three times out of four."""
    chance = random.Random(seed)
    if content[:4] == b"PK\x03\x04" and chance.random() < 0.75:
        return _inside(content, chance)
    return _bytes(content, chance)


def _bytes(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        chance.choice(_DEFECTS)(data, chance)
    return bytes(data)


def _place(data: bytearray, chance: random.Random) -> int:
    """Anywhere, the head of the file more often."""
    size = len(data) if chance.random() < 0.7 else min(len(data), 512)
    return chance.randrange(size + 1)


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        at = min(_place(data, chance), len(data) - 1)
        data[at] ^= 1 << chance.randrange(8)


def _word(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    data[at:at + chance.choice((0, 1, 4))] = chance.choice(WORDS)


def _cut(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    del data[at:at + chance.choice((1, 3, 20, 300, 10_000))]


def _repeat(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    data[at:at] = data[at:at + chance.choice((1, 8, 60))] * chance.choice((1, 3, 200))


def _end(data: bytearray, chance: random.Random) -> None:
    del data[_place(data, chance):]


def _noise(data: bytearray, chance: random.Random) -> None:
    at = _place(data, chance)
    data[at:at] = chance.randbytes(chance.choice((1, 4, 64)))


def _line(data: bytearray, chance: random.Random) -> None:
    """One line moved, doubled or dropped."""
    lines = bytes(data).split(b"\n")
    one = lines.pop(chance.randrange(len(lines)))
    for _ in range(chance.randrange(3)):
        lines.insert(chance.randrange(len(lines) + 1), one)
    data[:] = b"\n".join(lines)


def _swap(data: bytearray, chance: random.Random) -> None:
    """One word of the file put in the place of another."""
    words = bytes(data).split(b" ")
    words[chance.randrange(len(words))] = words[chance.randrange(len(words))]
    data[:] = b" ".join(words)


_DEFECTS = (_flip, _word, _word, _cut, _repeat, _end, _noise, _line, _swap)


def _inside(content: bytes, chance: random.Random) -> bytes:
    """The parts of an archive: one damaged, dropped, doubled or emptied; checksums are right."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(i.filename, archive.read(i)) for i in archive.infolist()]
    at = chance.randrange(len(parts))
    name, data = parts[at]
    what = chance.random()
    if what < 0.8:
        parts[at] = name, _bytes(data, chance)
    elif what < 0.9:
        del parts[at]
    else:
        parts.append((chance.choice(("../x.xml", name, "xl/worksheets/sheet99.xml")), data))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, inside in parts:
            with warnings.catch_warnings(action="ignore"):  # a name twice is meant
                archive.writestr(zipfile.ZipInfo(part), inside)
    return buffer.getvalue()
