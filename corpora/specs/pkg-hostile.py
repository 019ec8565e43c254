#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Prints pkg-hostile.yaml: small archives that try to leave the folder they are unpacked to.

    corpora/specs/pkg-hostile.py >corpora/specs/pkg-hostile.yaml

No archiver makes such files, so they are put together by hand, nothing compressed: the same bytes everywhere. Each holds what a good package
does (dataset.json, images/a.txt), and then one thing that a careful reader refuses. Whatever is written outside is named evil.txt.
tests/rules/test_packages.sh looks whether the committed file is what this prints.
"""
import base64
import struct
import textwrap
import zlib

GOOD = [(b"dataset.json", b'{"format_version": "1.3", "images": ["images/a.txt"]}\n', 0), (b"images/a.txt", b"a\n", 0)]
EVIL = b"outside\n"
SYMLINK = 0o120777
DATE = (46 << 9) | (1 << 5) | 1  # 2026-01-01, as MS-DOS has it
MTIME = 1767225600


def zipped(entries, declared=None):
    """APPNOTE.TXT 4.3: local headers with their data, the central directory, its end. declared: a size that is not so."""
    body, central = b"", b""
    for name, data, mode in entries:
        size = declared if declared is not None and data == EVIL else len(data)
        common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, DATE, zlib.crc32(data), len(data), size, len(name), 0)
        central += b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + common + struct.pack("<HHHII", 0, 0, 0, (mode or 0o100644) << 16, len(body)) + name
        body += b"PK\3\4" + common + name + data
    count = len(entries)
    return body + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(central), len(body), 0)


def tar_entry(name, data=b"", kind=b"0", target=b"", device=(0, 0)):
    """POSIX.1-1988 ustar."""
    head = struct.pack("100s8s8s8s12s12s8s1s100s6s2s32s32s8s8s155s12x", name, b"0000644", b"0000000", b"0000000", b"%011o" % len(data),
                       b"%011o" % MTIME, b" " * 8, kind, target, b"ustar\0", b"00", b"", b"", b"%07o" % device[0], b"%07o" % device[1], b"")
    head = head[:148] + b"%06o\0 " % sum(head) + head[156:]
    return head + data + b"\0" * (-len(data) % 512)


def tarred(*entries):
    return b"".join([tar_entry(name, data) for name, data, _ in GOOD] + list(entries)) + b"\0" * 1024


def zip_with(*names):
    return zipped(GOOD + [(name, EVIL, 0) for name in names])


PACKAGES = [
    ("good.zip", "nothing is wrong with this one", zipped(GOOD)),
    ("dotdot.zip", "up", zip_with(b"../evil.txt")),
    ("dotdot-deep.zip", "down, and further up", zip_with(b"images/../../evil.txt")),
    ("absolute.zip", "from the root", zip_with(b"/evil.txt")),
    ("backslash.zip", "up, for those who take it for a slash", zip_with(b"..\\evil.txt")),
    ("drive.zip", "from the root of a drive", zip_with(b"C:\\evil.txt", b"C:evil.txt")),
    ("sibling-prefix.zip", "beside: a path that begins as that of the folder does, where it has one of these names",
     zip_with(b"../out-evil/evil.txt", b"../package-evil/evil.txt", b"../sibling-prefix-evil/evil.txt")),
    ("nul.zip", "a name that ends early for some", zip_with(b"evil.txt\0.json")),
    ("symlink.zip", "through a link", zipped(GOOD + [(b"images/up", b"../..", SYMLINK), (b"images/up/evil.txt", EVIL, 0)])),
    ("symlink-absolute.zip", "a link that shows what is not the package's", zipped(GOOD + [(b"images/b.txt", b"/etc/passwd", SYMLINK)])),
    ("twice.zip", "two of one name: which one was looked at?", zipped(GOOD + [(b"images/a.txt", EVIL, 0)])),
    ("case.zip", "two of one name, for some", zipped(GOOD + [(b"images/A.TXT", EVIL, 0)])),
    ("file-and-folder.zip", "a file that is a folder, too", zipped(GOOD + [(b"images", EVIL, 0)])),
    ("size-lies.zip", "promises 4 GB", zipped(GOOD + [(b"images/b.txt", EVIL, 0)], 0xfffffffe)),
    ("no-dataset.zip", "what must be there is not", zipped(GOOD[1:])),
    ("good.tar", "nothing is wrong with this one", tarred()),
    ("dotdot.tar", "up", tarred(tar_entry(b"../evil.txt", EVIL))),
    ("absolute.tar", "from the root", tarred(tar_entry(b"/evil.txt", EVIL))),
    ("sibling-prefix.tar", "beside, as above", tarred(*(tar_entry(b"../%s-evil/evil.txt" % name, EVIL)
                                                           for name in (b"out", b"package", b"sibling-prefix")))),
    ("symlink.tar", "through a link", tarred(tar_entry(b"images/up", b"", b"2", b"../.."), tar_entry(b"images/up/evil.txt", EVIL))),
    ("hardlink.tar", "another name for what is outside, and then new bytes for it",
     tarred(tar_entry(b"images/b.txt", b"", b"1", b"../evil.txt"), tar_entry(b"images/b.txt", EVIL))),
    ("device.tar", "a device: 1, 3 is /dev/null", tarred(tar_entry(b"images/null", b"", b"3", b"", (1, 3)))),
    ("fifo.tar", "what blocks whoever reads it", tarred(tar_entry(b"images/pipe", b"", b"6"))),
]

print("""# SPDX-License-Identifier: BSD-2-Clause
# Printed by pkg-hostile.py, which says what is in them.
version: 1
title: "packages that try to leave the folder they are unpacked to, and two that do not"
files:""")
for path, what, data in PACKAGES:
    print(f"  - path: {path} # {what}")
    print("    base64: |")
    print(textwrap.indent("\n".join(textwrap.wrap(base64.b64encode(data).decode(), 120)), "      "))
