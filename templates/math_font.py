"""Make the theme's math font: a subset of New Computer Modern Math Book as browsers want it.

    python templates/math_font.py NewCMMath-Book.otf templates/default/static/math.woff2

Wants fonttools and brotli. The source font is in CTAN's package `newcomputermodern` (Debian:
texlive-fonts-extra). Its licence, GUST's, wants that what is changed has another name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

NAME = "Publisher Math"
CHARACTERS = (
    "0020-007E,00A0,00A3,00A5,00A7-00A9,00AC,00AE-00B1,00B4-00B7,00BF-00FF,0131,0152,0153,0237,"
    "02C6-02C7,02D8-02DD,0302-0304,0306-0308,030A,030C,0331,0332,0338,0391-03A1,03A3-03A9,"
    "03B1-03C9,03D1,03D5,03D6,03DD,03F0,03F1,03F5,03F6,2002-2005,2009,200A,205F,2010-2016,"
    "2018-201D,2020-2022,2026,2032-2037,203E,2057,20D0,20D1,20D6,20D7,20DB,20DC,20E1,2102,2107,"
    "210B-2113,2115,2118-211D,2124,2127,2128,212B-212D,2130-2138,213C-2141,2145-2149,2190-219B,"
    "219D,219E,21A0,21A2,21A3,21A4,21A6,21A9-21AE,21B0,21B1,21B6,21B7,21BA-21D5,21DA,21DB,21DD,"
    "21E0,21E2,2200-222F,2234-22FF,2308-230B,231C-231F,2322,2323,23B0,23B1,23B4,23B5,23DC-23E1,"
    "25A0,25A1,25AA,25B2-25B5,25B6,25B7,25BC-25BF,25C0-25C3,25CA,25CB,25EF,25FB,24C7,24C8,2605,"
    "2660-2663,2666,266D-266F,2713,2720,27C2,27CB,27CD,27E6-27E9,27EE,27EF,27F5-27FC,29EB,29F5,"
    "2A00-2A06,2A1D,2A2F,2A3F,2A5E,2A74,2A75,2A7D,2A7E,2A85-2A8C,2A95,2A96,2AAF,2AB0,2AB5-2ABA,"
    "2AC5,2AC6,2ACB,2ACC,1D400-1D503,1D504-1D537,1D538-1D56B,1D5A0-1D5D3,1D670-1D6A5,1D6A8-1D755,"
    "1D7CE-1D7EB,1D7F6-1D7FF"
)
ACCENTS = "60 A8 AF B4 2C6 2C7 2D8 2D9 2DA 2DC 302 303 304 306 307 308 30A 30C 20D6 20D7 20DB 20DC"
PRIMES = "2032 2033 2034 2035 2036 2037 2057"
EMPTY, BOLD_SCRIPT = 0x2205, 0x1D4D0
SCRIPT, ROUNDHAND = 0xFE00, 0xFE01  # variation selectors: \mathcal and \emptyset, \mathscr


def main(source: Path, target: Path) -> None:
    """Write the subset of the font `source` as WOFF2."""
    font = TTFont(source, recalcTimestamp=False)
    keep = _codes(CHARACTERS)
    alternates = _feature(font, "ss01")
    _raise_primes(font)
    _center_accents(font)
    _select_scripts(font, alternates, keep)
    _rename(font)
    options = subset.Options(
        flavor="woff2", hinting=False, layout_features=[], glyph_names=False, name_IDs=["*"]
    )
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=keep | {SCRIPT, ROUNDHAND})
    chosen.subset(font)
    subset.save_font(font, target, options)


def _codes(text: str) -> set[int]:
    """The code points of ranges in hexadecimal."""
    codes: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        codes.update(range(int(first, 16), int(last or first, 16) + 1))
    return codes


def _feature(font: TTFont, tag: str) -> dict[str, str]:
    """The glyphs that an OpenType feature puts in the place of others."""
    table = font["GSUB"].table
    found: dict[str, str] = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag != tag:
            continue
        for index in record.Feature.LookupListIndex:
            for part in table.LookupList.Lookup[index].SubTable:
                part = getattr(part, "ExtSubTable", part)
                single = getattr(part, "mapping", None)
                several = getattr(part, "alternates", None) or {}
                found.update(single or {name: names[0] for name, names in several.items()})
    return found


def _raise_primes(font: TTFont) -> None:
    """Primes as they stand in superscripts: Chromium does not ask for `ssty`."""
    scripted, names = _feature(font, "ssty"), font.getBestCmap()
    for code in (int(word, 16) for word in PRIMES.split()):
        for table in font["cmap"].tables:
            if code in table.cmap and names[code] in scripted:
                table.cmap[code] = scripted[names[code]]


def _center_accents(font: TTFont) -> None:
    """Accents as wide as their outlines: browsers put the middle of their widths over a letter."""
    names, top = font.getBestCmap(), font["CFF "].cff.topDictIndex[0]
    attachment = font["MATH"].table.MathGlyphInfo.MathTopAccentAttachment
    covered = attachment.TopAccentCoverage.glyphs
    places = dict(zip(covered, attachment.TopAccentAttachment, strict=True))
    for name in {names[code] for word in ACCENTS.split() if (code := int(word, 16)) in names}:
        glyphs, bounds = font.getGlyphSet(), BoundsPen(None)
        glyphs[name].draw(bounds)
        left, _, right, _ = bounds.bounds
        width = round(right - left)
        old = top.CharStrings[name]
        pen = T2CharStringPen(width - old.private.nominalWidthX, glyphs)
        glyphs[name].draw(TransformPen(pen, (1, 0, 0, 1, -left, 0)))
        top.CharStrings[name] = pen.getCharString(old.private, old.globalSubrs)
        font["hmtx"][name] = (width, 0)
        if name in places:
            places[name].Value = round(width / 2)


def _select_scripts(font: TTFont, alternates: dict[str, str], keep: set[int]) -> None:
    """Both scripts by variation selectors, as Unicode has them since version 14."""
    table = CmapSubtable.newSubtable(14)
    table.platformID, table.platEncID, table.language, table.cmap = 0, 5, 0, {}
    letters = {
        code: name
        for code, name in font.getBestCmap().items()
        if name in alternates and code < BOLD_SCRIPT
    }
    table.uvsDict = {
        SCRIPT: [(code, None) for code in letters if code in keep],
        ROUNDHAND: [(code, alternates[name]) for code, name in letters.items() if code in keep],
    }
    zero = font.getBestCmap()[EMPTY]
    table.uvsDict[SCRIPT].append((EMPTY, zero))
    for other in font["cmap"].tables:
        if EMPTY in other.cmap:
            other.cmap[EMPTY] = _feature(font, "cv01")[zero]  # a circle with a stroke
    font["cmap"].tables.append(table)


def _rename(font: TTFont) -> None:
    names = font["name"]
    origin = "A subset of New Computer Modern Math Book, changed for browsers."
    for record in list(names.names):
        if record.nameID not in (0, 1, 2, 4, 5, 6):
            names.removeNames(nameID=record.nameID)
    copyright_ = names.getDebugName(0)
    for number, text in (
        (0, f"{copyright_}\n{origin}"),
        (1, NAME),
        (3, NAME),
        (4, NAME),
        (6, NAME.replace(" ", "")),
        (13, "GUST Font License"),
        (14, "https://tug.org/fonts/licenses/GUST-FONT-LICENSE.txt"),
    ):
        names.setName(text, number, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [NAME.replace(" ", "")]
    top.topDictIndex[0].FullName = top.topDictIndex[0].FamilyName = NAME


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
