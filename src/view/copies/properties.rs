//! Properties of the list of copies.

use crate::view::copies::manifest::Manifest;

/// `input` is a list. It has absolute paths only, each a line of the input, and is read equal when it is written again.
pub(crate) fn check_manifest(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let list = Manifest::parse(text);
    for path in &list.files {
        assert!(path.is_absolute() && Manifest::can_hold(path), "{path:?}");
        assert!(text.split('\n').any(|line| Some(line) == path.to_str()), "{path:?}");
    }
    assert_eq!(Manifest::parse(&list.format()), list);
}
