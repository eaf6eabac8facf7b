//! From the words of `ChrootProvide` to requests for paths of the host. The catalogue of sets is in
//! `config::set_catalogue`.

use crate::config::set_catalogue::SetContents;
use crate::config::{Directive, Provide, ProvideItem, ProvideSet};
use crate::messages::Fault;
use crate::platform::MountLimits;
use crate::provide::rights::{DEVICE, READ_ONLY};
use crate::provide::{
    ConfiguredPaths, ProgramRequests, ProvideRequest, RequestKind, Sockets, SocketsBy,
};
use std::path::{Path, PathBuf};

/// Collects the requests of all words, and those of the default in a view.
///
/// # Errors
/// Returns an error if a program must not be read by root.
pub(crate) fn collect_requests(
    provide: &Provide,
    configured: &ConfiguredPaths,
    in_view: bool,
    programs: &mut ProgramRequests,
) -> Result<Vec<ProvideRequest>, Fault> {
    let mut all = Vec::new();
    for (item, place) in provide.items(in_view) {
        let requests = match &item {
            ProvideItem::Set(set) => request_set(*set, configured),
            ProvideItem::Path { path, writable } => {
                let (limits, kind) = (limits_for(*writable), RequestKind::Required);
                vec![ProvideRequest::new(path.clone(), limits, kind, item)]
            }
            ProvideItem::Program(path) => {
                programs.request_program(path, place).map_err(|cause| {
                    let fault =
                        Fault::for_directive(Directive::Provide.name(), item.to_string(), cause);
                    place.into_iter().fold(fault, Fault::with_place)
                })?
            }
        };
        let at_place = |request| ProvideRequest { place: place.cloned(), ..request };
        all.extend(requests.into_iter().map(at_place));
    }
    Ok(all)
}

fn limits_for(writable: bool) -> MountLimits {
    MountLimits { writing: !writable, ..READ_ONLY }
}

/// Requests the paths of `set`.
fn request_set(set: ProvideSet, configured: &ConfiguredPaths) -> Vec<ProvideRequest> {
    let request = |path: PathBuf, limits, kind| {
        ProvideRequest::new(path, limits, kind, ProvideItem::Set(set))
    };
    let each = |paths: &[&str], limits, kind| -> Vec<_> {
        paths.iter().map(|path| request(path.into(), limits, kind)).collect()
    };
    let request_each = |paths: &[PathBuf]| -> Vec<_> {
        let paths = paths.iter().cloned();
        paths.map(|path| request(path, READ_ONLY, RequestKind::IfPresent)).collect()
    };
    match set.contents() {
        SetContents::Files(paths) | SetContents::Sockets(paths) => {
            each(paths, READ_ONLY, RequestKind::IfPresent)
        }
        SetContents::Devices(paths) => each(paths, DEVICE, RequestKind::IfPresent),
        SetContents::PrivateDirs(paths) => each(paths, READ_ONLY, RequestKind::Scratch),
        SetContents::ConfiguredSockets => {
            let sockets = configured.sockets.iter();
            sockets.flat_map(|sockets| request_sockets(set, sockets, configured)).collect()
        }
        SetContents::ConfiguredFiles => {
            let files = configured.files.iter();
            files
                .map(|(path, writable)| {
                    request(path.clone(), limits_for(*writable), RequestKind::IfPresent)
                })
                .collect()
        }
        SetContents::MadeLists(paths) => {
            let made = |path: &&str| {
                let contents = configured.users.as_ref()?.contents_for(Path::new(path));
                let request = request(path.into(), READ_ONLY, RequestKind::IfPresent);
                Some(ProvideRequest { contents: Some(contents), ..request })
            };
            paths.iter().filter_map(made).collect()
        }
        SetContents::ConfiguredAliases => request_each(&configured.aliases),
        SetContents::LoadedPython => request_each(&configured.python),
    }
}

/// Requests the directory of sockets; where others create them, single sockets serve as well.
fn request_sockets(
    set: ProvideSet,
    Sockets { path, by }: &Sockets,
    configured: &ConfiguredPaths,
) -> Vec<ProvideRequest> {
    let (limits, kind) = (limits_for(*by == SocketsBy::Children), RequestKind::IfPresent);
    let request = ProvideRequest::new(path.clone(), limits, kind, ProvideItem::Set(set));
    let late = |name: PathBuf, directive| ProvideRequest {
        late_socket: Some(name),
        directive: Some(directive),
        ..request.clone()
    };
    match by {
        SocketsBy::Others(socket) => {
            vec![ProvideRequest { socket_only: Some(socket.clone()), ..request }]
        }
        SocketsBy::Daemon(socket) => vec![late(append_process_id(socket), "ScriptSock")],
        SocketsBy::Wsgi(prefix) => {
            let names = if configured.wsgi.is_empty() {
                std::slice::from_ref(prefix)
            } else {
                &configured.wsgi
            };
            let late = |name: &PathBuf| late(name.clone(), "WSGISocketPrefix");
            names.iter().map(late).collect()
        }
        SocketsBy::Children => vec![ProvideRequest { directive: Some("FcgidIPCDir"), ..request }],
    }
}

/// The name that mod_cgid gives its socket: the parent's process id follows the configured name.
fn append_process_id(socket: &Path) -> PathBuf {
    let mut name = socket.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    name.into()
}
