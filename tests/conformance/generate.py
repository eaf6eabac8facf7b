#!/usr/bin/env python3
"""generate.py c|rust|symbols TABLE SYSTEM ARCHITECTURE [--wrong]

Turns the table into assertions for one system: for a C compiler with that system's headers, for Rust with
the libc crate and src/platform, or into a C file that refers to every function of the table. With --wrong
one value is off by one, and what is made must not compile."""

import sys

PREFIXES = ("sizeof:", "offsetof:", "type:", "symbol:")


def rows(table, system, architecture):
    """Each row as (what, in Rust, value)."""
    with open(table, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fields = line.rstrip("\n").split("\t")
            if not line.strip() or line.startswith("#"):
                continue
            if len(fields) != 4:
                sys.exit(f"{table}:{number}: not four fields: {fields}")
            if fields[0] in (system, f"{system}-{architecture}", "all"):
                yield fields[1:]


def in_c(what, value):
    """The assertion in C."""
    if what.startswith("sizeof:"):
        expression = f"sizeof({what[7:]})"
    elif what.startswith("offsetof:"):
        _, structure, field = what.split(":")
        expression = f"offsetof({structure}, {field})"
    elif what.startswith("type:"):
        return (f"_Static_assert(__builtin_types_compatible_p(__typeof__({what[5:]}), {value}), "
                f'"{what[5:]} is not {value}");')
    else:
        expression = what
    return f'_Static_assert((long long)({expression}) == {value}, "{what}");'


def in_rust(what, rust, value):
    """The assertion in Rust; libc's name for a thing is that of C."""
    if rust == "-":
        return None
    if what.startswith("sizeof:"):
        kind = f"libc::{what[7:].removeprefix('struct ')}" if rust == "libc" else rust
        expression = f"core::mem::size_of::<{kind}>()"
    elif what.startswith("offsetof:"):
        _, structure, field = what.split(":")
        kind = f"libc::{structure.removeprefix('struct ')}" if rust == "libc" else rust
        expression = f"core::mem::offset_of!({kind}, {field})"
    else:
        expression = f"libc::{what}" if rust == "libc" else rust
    return f'const _: () = assert!(({expression}) as i64 == {value}, "{what}");'


def main():
    kind, table, system, architecture, *rest = sys.argv[1:]
    wrong = rest == ["--wrong"]
    found = list(rows(table, system, architecture))
    if kind == "symbols":
        names = [what.split(":")[1] for what, _, _ in found if what.startswith("symbol:")]
        print('#include "headers.h"')
        print("const void *const used[] = {")
        for name in names:
            print(f"    (const void *){name},")
        print("};")
        return
    made = []
    for what, rust, value in found:
        if what.startswith("symbol:"):
            continue
        if wrong and not what.startswith(PREFIXES) and (kind == "c" or rust != "-"):
            value, wrong = f"({value}) + 1", False
        made.append(in_c(what, value) if kind == "c" else None if what.startswith("type:")
                    else in_rust(what, rust, value))
    if wrong:
        sys.exit("nothing to be wrong about")
    if kind == "c":
        print('#include "headers.h"')
    print("\n".join(line for line in made if line))


main()
