#!/usr/bin/env python3
"""imports.py MODULE OBJECT: what the module imports, against what a C object with the system's own headers
refers to. Every function must be imported by the name that the header gives it; chroot_module must be
exported. Reads ELF and Mach-O of 64 bits, so that no tool for foreign files is needed."""

import struct
import sys


def text(table, offset):
    return table[offset:table.index(b"\0", offset)].decode()


def elf(data):
    """(undefined, defined) names of the dynamic symbols, or of all symbols of an object."""
    sections, = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    heads = [struct.unpack_from("<IIQQQQIIQQ", data, sections + number * size) for number in range(count)]
    kinds = [head[1] for head in heads]
    chosen = heads[kinds.index(11) if 11 in kinds else kinds.index(2)]
    strings = heads[chosen[6]]
    table = data[strings[4]:strings[4] + strings[5]]
    undefined, defined = set(), set()
    for offset in range(chosen[4], chosen[4] + chosen[5], 24):
        name, info, _, section, _, _ = struct.unpack_from("<IBBHQQ", data, offset)
        if info >> 4:
            (defined if section else undefined).add(text(table, name))
    return undefined, defined


def macho(data):
    """The same for Mach-O, without the underscore that C puts before a name."""
    count, = struct.unpack_from("<I", data, 16)
    offset = 32
    for _ in range(count):
        command, size = struct.unpack_from("<II", data, offset)
        if command == 2:
            symbols, number, strings, length = struct.unpack_from("<IIII", data, offset + 8)
        offset += size
    table = data[strings:strings + length]
    undefined, defined = set(), set()
    for index in range(number):
        name, kind, _, _, _ = struct.unpack_from("<IBBHQ", data, symbols + index * 16)
        if kind & 0x01 and not kind & 0xE0:
            (defined if kind & 0x0E else undefined).add(text(table, name).removeprefix("_"))
    return undefined, defined


def symbols(path):
    with open(path, "rb") as file:
        data = file.read()
    undefined, defined = elf(data) if data[:4] == b"\x7fELF" else macho(data)
    return {name.split("@")[0] for name in undefined} - {""}, defined


def main():
    module, wanted = symbols(sys.argv[1]), symbols(sys.argv[2])[0]
    missing = sorted(wanted - module[0])
    for name in missing:
        near = [other for other in sorted(module[0]) if other.strip("_0123456789") in name or name.strip("_0123456789") in other]
        print(f"FAIL: not imported by the name of the header: {name} (imported: {near[:6]})")
    if "chroot_module" not in module[1]:
        missing.append("chroot_module")
        print("FAIL: chroot_module is not exported")
    if not wanted:
        sys.exit("FAIL: the object refers to nothing")
    print(f"{len(wanted)} functions by the names of the headers, chroot_module exported")
    sys.exit(1 if missing else 0)


main()
