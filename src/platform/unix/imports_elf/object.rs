//! A loaded shared object: its dynamic section and its relocations.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Range;

/// An entry of a dynamic section.
#[repr(C)]
#[derive(Clone, Copy)]
struct Dynamic {
    tag: isize,
    value: usize,
}

/// An entry of a table of segments.
#[repr(C)]
#[derive(Clone, Copy)]
#[cfg(target_pointer_width = "64")]
struct Segment {
    kind: u32,
    _flags: u32,
    _offset: usize,
    address: usize,
    _physical: usize,
    _in_file: usize,
    in_memory: usize,
    _align: usize,
}

/// An entry of a table of segments.
#[repr(C)]
#[derive(Clone, Copy)]
#[cfg(target_pointer_width = "32")]
struct Segment {
    kind: u32,
    _offset: usize,
    address: usize,
    _physical: usize,
    _in_file: usize,
    in_memory: usize,
    _flags: u32,
    _align: usize,
}

/// The beginning of a relocation, with or without an addend.
#[repr(C)]
#[derive(Clone, Copy)]
pub(in crate::platform) struct Relocation {
    /// The place that it fills, without the base.
    pub offset: usize,
    info: usize,
}

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_GNU_RELRO: u32 = 0x6474_e552;
const DT_NULL: isize = 0;
const DT_PLTRELSZ: isize = 2;
const DT_STRTAB: isize = 5;
const DT_SYMTAB: isize = 6;
const DT_RELA: isize = 7;
const DT_RELASZ: isize = 8;
const DT_RELAENT: isize = 9;
const DT_SYMENT: isize = 11;
const DT_REL: isize = 17;
const DT_RELSZ: isize = 18;
const DT_RELENT: isize = 19;
const DT_PLTREL: isize = 20;
const DT_JMPREL: isize = 23;

/// The number of the symbol is in the upper part of `r_info`.
const SYMBOL: u32 = if cfg!(target_pointer_width = "64") { 32 } else { 8 };

/// A loaded object.
pub(in crate::platform) struct LoadedObject {
    /// The address that is added to those in the file.
    pub base: usize,
    loaded: Vec<Range<usize>>,
    dynamic: usize,
    /// Addresses that the loader has made read-only.
    pub read_only: Range<usize>,
}

/// A search by `dl_iterate_phdr`, whose first object is the program.
struct ObjectSearch {
    inside: usize,
    seen: usize,
    found: Option<LoadedObject>,
}

/// # Safety
/// `dl_iterate_phdr` calls it, with an object that stays loaded meanwhile and the search below.
unsafe extern "C" fn visit_object(
    info: *mut libc::dl_phdr_info,
    _: libc::size_t,
    search: *mut c_void,
) -> c_int {
    // SAFETY: the pointer is that of the search in `find_object`, which nobody else has meanwhile.
    let search = unsafe { &mut *search.cast::<ObjectSearch>() };
    // SAFETY: the loader gives a structure that lives as long as the call.
    let info = unsafe { &*info };
    search.seen += 1;
    let (first, count) = (info.dlpi_phdr.cast::<Segment>(), usize::from(info.dlpi_phnum));
    if first.is_null() || search.seen == 1 {
        return 0;
    }
    // SAFETY: the loader says that there are as many, and their layout is the ABI's.
    let segments = unsafe { std::slice::from_raw_parts(first, count) };
    let object = LoadedObject::from_segments(info.dlpi_addr as usize, segments);
    if object.contains(search.inside) {
        search.found = Some(object);
    }
    c_int::from(search.found.is_some())
}

impl LoadedObject {
    fn from_segments(base: usize, segments: &[Segment]) -> Self {
        let range = |segment: &Segment| {
            let start = base.wrapping_add(segment.address);
            start..start.saturating_add(segment.in_memory)
        };
        let first = |kind| segments.iter().find(|segment| segment.kind == kind).map(range);
        Self {
            base,
            loaded: segments.iter().filter(|it| it.kind == PT_LOAD).map(range).collect(),
            dynamic: first(PT_DYNAMIC).map_or(0, |range| range.start),
            // Whole pages only: the loader does not protect a last page that holds other data too.
            read_only: first(PT_GNU_RELRO)
                .map(|range| range.start & !(page_size() - 1)..range.end & !(page_size() - 1))
                .unwrap_or_default(),
        }
    }

    /// Whether an address is in the object.
    pub(in crate::platform) fn contains(&self, address: usize) -> bool {
        self.loaded.iter().any(|range| range.contains(&address))
    }

    /// The value of an entry of the dynamic section; 0 without one.
    fn read_dynamic_entry(&self, wanted: isize) -> usize {
        if !self.contains(self.dynamic) {
            return 0;
        }
        let mut at = self.dynamic as *const Dynamic;
        loop {
            // SAFETY: a dynamic section ends with an entry DT_NULL (ABI), and this is not beyond it.
            let entry = unsafe { at.read() };
            if entry.tag == DT_NULL {
                return 0;
            }
            if entry.tag == wanted {
                return entry.value;
            }
            at = at.wrapping_add(1);
        }
    }

    /// An address out of the dynamic section: some loaders have added the base to it (glibc), others
    /// have not (musl, the BSDs, glibc on RISC-V).
    fn find_address(&self, wanted: isize) -> usize {
        let value = self.read_dynamic_entry(wanted);
        if value == 0 || self.contains(value) { value } else { self.base.wrapping_add(value) }
    }

    /// Every relocation of the object.
    pub(in crate::platform) fn read_relocations(&self) -> Vec<Relocation> {
        let plt_has_addends = self.read_dynamic_entry(DT_PLTREL) == DT_RELA as usize;
        let word = size_of::<usize>();
        let plt_entry = if plt_has_addends { 3 * word } else { 2 * word };
        let tables = [
            (self.find_address(DT_JMPREL), self.read_dynamic_entry(DT_PLTRELSZ), plt_entry),
            (
                self.find_address(DT_RELA),
                self.read_dynamic_entry(DT_RELASZ),
                self.read_dynamic_entry(DT_RELAENT),
            ),
            (
                self.find_address(DT_REL),
                self.read_dynamic_entry(DT_RELSZ),
                self.read_dynamic_entry(DT_RELENT),
            ),
        ];
        let sound = tables.into_iter().filter(|&(start, size, entry)| {
            start != 0
                && size != 0
                && entry != 0
                && self.contains(start)
                && self.contains(start + size - 1)
        });
        let entries = sound.flat_map(|(start, size, entry)| (start..start + size).step_by(entry));
        // SAFETY: each is the beginning of an entry of a table of relocations of this object.
        entries.map(|at| unsafe { (at as *const Relocation).read() }).collect()
    }

    /// The name of the symbol that a relocation is for, with the table that it is in.
    pub(in crate::platform) fn read_symbol_name(&self, relocation: Relocation) -> Option<&CStr> {
        let (table, entry) = (self.find_address(DT_SYMTAB), self.read_dynamic_entry(DT_SYMENT));
        let symbol = table.wrapping_add((relocation.info >> SYMBOL).wrapping_mul(entry));
        if relocation.info >> SYMBOL == 0 || entry == 0 || !self.contains(symbol) {
            return None;
        }
        // SAFETY: a symbol begins with the place of its name in the table of strings.
        let place = unsafe { (symbol as *const u32).read() };
        let text = self.find_address(DT_STRTAB).wrapping_add(place as usize);
        // SAFETY: the strings of that table end in NUL, and are loaded as long as the object is.
        self.contains(text).then(|| unsafe { CStr::from_ptr(text as *const c_char) })
    }
}

/// The shared object that holds the address `inside`; never the program.
pub(in crate::platform) fn find_object(inside: usize) -> Option<LoadedObject> {
    let mut search = ObjectSearch { inside, seen: 0, found: None };
    // SAFETY: `visit_object` has the type that is asked for, and gets the search, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(visit_object), (&raw mut search).cast()) };
    search.found
}

/// The size of a page.
pub(in crate::platform) fn page_size() -> usize {
    // SAFETY: sysconf takes a number.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}
