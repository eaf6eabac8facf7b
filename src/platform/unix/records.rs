//! Records of fields, by which a process reports to its parent. A NUL follows each field, so no field has one.

use std::io::{self, Write};

/// Writes a record of `fields`. A NUL in a field is left out.
///
/// # Errors
/// Returns an error if the reader is gone.
pub(crate) fn write_record(out: &mut dyn Write, fields: &[&[u8]]) -> io::Result<()> {
    let mut record = Vec::new();
    for field in fields {
        record.extend(field.iter().filter(|&&byte| byte != 0));
        record.push(0);
    }
    out.write_all(&record)
}

/// Splits a report into its records of `N` fields. An incomplete last one is left out.
pub(crate) fn split_records<const N: usize>(report: &[u8]) -> Vec<[&[u8]; N]> {
    let mut fields: Vec<_> = report.split(|&byte| byte == 0).collect();
    // The part after the last NUL.
    fields.pop();
    fields.chunks_exact(N).filter_map(|record| record.try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn written_records_are_read_and_a_cut_report_has_its_first_ones(
            records in proptest::collection::vec(any::<[Vec<u8>; 2]>(), 0..5),
            cut in 0..100_usize,
        ) {
            let mut report = Vec::new();
            for [one, two] in &records {
                write_record(&mut report, &[one, two]).unwrap();
            }
            let plain = |field: &Vec<u8>| field.iter().copied().filter(|&it| it != 0).collect();
            let written: Vec<[Vec<u8>; 2]> =
                records.iter().map(|record| record.each_ref().map(plain)).collect();
            let whole = split_records::<2>(&report);
            let owned: Vec<_> = whole.iter().map(|record| record.map(<[u8]>::to_vec)).collect();
            prop_assert_eq!(owned, written);
            let end = report.len().saturating_sub(cut);
            prop_assert!(whole.starts_with(&split_records(&report[..end])));
        }
    }
}
