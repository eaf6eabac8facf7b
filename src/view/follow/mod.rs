//! The host's files that are shown or copied, observed while the server runs: a replaced file, a folder that is made anew and
//! a path that did not exist before take effect inside without a reload.
//!
//! The parent only compares: it recalls facts about each path from the kernel's memory ([`look`]). If one has changed, a
//! short-lived process plans the view again by the rules of a start, and changes it ([`super::mounts::update`]). The question
//! whether a file system is local is for such a process too, as a file server may not answer it.

pub(crate) mod look;
pub(crate) mod report;
mod survey;

use crate::platform::{MountNamespace, SingleThread};
use crate::provide::{ProvideRequest, RequestKind, UserFiles};
use crate::view::follow::look::{HostLook, MountTable};
use crate::view::follow::report::FollowEvent;
use crate::view::follow::survey::{SilentDevices, survey_apart};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Observer of the paths of one generation.
#[derive(Debug)]
pub(crate) struct Follower {
    /// The namespace of the view; `None` if the jail has copies.
    pub namespace: Option<Arc<MountNamespace>>,
    requests: Vec<ProvideRequest>,
    state: Mutex<FollowState>,
}

#[derive(Debug)]
struct FollowState {
    look: HostLook,
    /// Result of the look after which the jail was brought up to date.
    done: u64,
    /// Looks to skip, and to be skipped after the next failure.
    pause: u32,
    next_pause: u32,
    /// State of the host at the last look of which some changes failed; later changes need not wait. `None` if the process was
    /// ended early, because the next one may be, too.
    failed: Option<u64>,
    /// The failures that are in the log.
    logged: Vec<String>,
    /// Paths that could not be followed from the beginning.
    silent: BTreeSet<PathBuf>,
    silent_devices: SilentDevices,
}

/// Paths on file systems that may not answer.
#[derive(Debug)]
pub(crate) struct SilentPaths {
    /// All of them.
    pub all: BTreeSet<PathBuf>,
    /// Those that were local when the server started.
    pub late: Vec<PathBuf>,
}

impl SilentPaths {
    /// Whether a plan that fulfils `request` would look at one of them.
    pub(crate) fn has_request(&self, request: &ProvideRequest) -> bool {
        let mut paths = [Some(&request.path), request.socket_only.as_ref()].into_iter().flatten();
        request.kind != RequestKind::Scratch && paths.any(|path| self.all.contains(path))
    }
}

/// Limit of [`FollowState::next_pause`]: ten minutes, in looks ten seconds apart.
const LONGEST_PAUSE: u32 = 60;

impl Follower {
    /// An observer of `requests`, made before they are fulfilled: a change in between is found by the next look. A view has the
    /// folders above `jail`, too.
    pub(crate) fn new(
        namespace: Option<Arc<MountNamespace>>,
        requests: Vec<ProvideRequest>,
        jail: &Path,
    ) -> Self {
        let jail = namespace.is_some().then(|| jail.to_owned());
        Self::begin(namespace, requests, jail, SingleThread::check)
    }

    fn begin(
        namespace: Option<Arc<MountNamespace>>,
        requests: Vec<ProvideRequest>,
        jail: Option<PathBuf>,
        alone: impl Fn() -> io::Result<SingleThread>,
    ) -> Self {
        let is_of_host = |request: &&ProvideRequest| request.kind != RequestKind::Scratch;
        let is_copied = namespace.is_none();
        let paths = requests.iter().filter(is_of_host).flat_map(|request| {
            let paths = [Some(&request.path), request.socket_only.as_ref()].into_iter().flatten();
            let contents = is_copied || request.contents.is_some();
            paths.map(move |path| (path.clone(), contents))
        });
        // The last name counts by its identity only.
        let jail = jail.map(|jail| (jail, false));
        let paths: BTreeSet<(PathBuf, bool)> = paths.chain(jail).collect();
        let mut look = HostLook::new(paths.into_iter().collect(), !is_copied);
        // Without a survey now, the first look makes one, and takes what it finds for a change.
        let mounts = MountTable::read();
        let mut silent_devices = SilentDevices::default();
        let _ = survey_apart(&mut look, &mut silent_devices, mounts, alone);
        let (done, silent) = look.fingerprint_and_silent(mounts);
        let (pause, next_pause, failed, logged) = (0, 1, None, Vec::new());
        let state =
            FollowState { look, done, pause, next_pause, failed, logged, silent, silent_devices };
        let state = Mutex::new(state);
        Self { namespace, requests, state }
    }

    /// The requests that are fulfilled.
    pub(crate) fn requests(&self) -> &[ProvideRequest] {
        &self.requests
    }

    /// The requests, with the lists of users as they are now.
    pub(crate) fn renew_requests(&self, users: Option<&UserFiles>) -> Vec<ProvideRequest> {
        let renew = |request: &ProvideRequest| {
            let renewed = users.filter(|_| request.contents.is_some());
            let renewed = renewed.map(|users| users.contents_for(&request.path));
            let request = request.clone();
            ProvideRequest { contents: renewed.or_else(|| request.contents.clone()), ..request }
        };
        self.requests.iter().map(renew).collect()
    }

    /// Finds the requested paths on file systems that may not answer. Nothing is done about them while the server runs.
    pub(crate) fn find_silent(&self) -> SilentPaths {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let all = state.look.find_silent();
        let late = all.difference(&state.silent).cloned().collect();
        SilentPaths { all, late }
    }

    /// Looks whether a path has changed since the jail was brought up to date, and returns the result of the look. Another
    /// process surveys the file systems first if the host's mount table has changed.
    ///
    /// # Errors
    /// Returns an error if that process could not be made, or was ended.
    pub(crate) fn find_change(
        &self,
        alone: impl Fn() -> io::Result<SingleThread>,
    ) -> io::Result<Option<u64>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *state;
        let paused = (state.pause > 0).then_some(state.failed);
        state.pause = state.pause.saturating_sub(1);
        if paused == Some(None) {
            return Ok(None);
        }
        let mounts = MountTable::read();
        survey_apart(&mut state.look, &mut state.silent_devices, mounts, alone)?;
        let now = state.look.fingerprint(mounts);
        let is_new = now != state.done && paused != Some(Some(now));
        Ok(is_new.then_some(now))
    }

    /// Takes the report of an update after the look `seen`, and returns the failures that are new.
    pub(crate) fn take_report(&self, seen: u64, events: &[FollowEvent]) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let causes: Vec<_> = events.iter().filter_map(FollowEvent::cause).collect();
        if !events.iter().any(FollowEvent::has_failed) {
            (state.done, state.pause, state.next_pause) = (seen, 0, 1);
            // The change may have brought another file system, and not every system lists its mounts.
            state.look.forget_local();
        } else {
            let is_early = events.iter().any(FollowEvent::is_early_end);
            state.failed = (!is_early).then_some(seen);
            state.pause = state.next_pause;
            state.next_pause = (state.next_pause * 2).min(LONGEST_PAUSE);
        }
        let known = std::mem::replace(&mut state.logged, causes.clone());
        causes.into_iter().filter(|cause| !known.contains(cause)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProvideItem;
    use crate::platform;
    use crate::provide::rights::READ_ONLY;

    fn request(path: PathBuf) -> ProvideRequest {
        let origin = ProvideItem::Path { path: path.clone(), writable: false };
        ProvideRequest::new(path, READ_ONLY, RequestKind::Required, origin)
    }

    fn follower(requests: Vec<ProvideRequest>) -> Follower {
        Follower::begin(None, requests, None, || Ok(SingleThread::assume()))
    }

    fn find_change(follower: &Follower) -> Option<u64> {
        follower.find_change(|| Ok(SingleThread::assume())).unwrap()
    }

    /// Pages of this process's own memory, and its descriptors.
    fn count_resources() -> (usize, usize) {
        let sizes = std::fs::read_to_string("/proc/self/statm").unwrap();
        let data = sizes.split(' ').nth(5).unwrap().parse().unwrap();
        (data, std::fs::read_dir("/proc/self/fd").unwrap().count())
    }

    #[test]
    fn ten_thousand_looks_leave_nothing_behind() {
        let scene = tempfile::tempdir().unwrap();
        let path = |number: u32| scene.path().join(format!("{}/data-{number}", number % 3));
        (0..3)
            .for_each(|number| std::fs::create_dir(scene.path().join(number.to_string())).unwrap());
        (0..9).for_each(|number| std::fs::write(path(number), "x").unwrap());
        // Three of them do not exist.
        let follower = follower((0..12).map(path).map(request).collect());
        let answer = platform::run_attempt(|| {
            let look = || assert_eq!(find_change(&follower), None);
            (0..500).for_each(|_| look());
            let before = count_resources();
            (0..10_000).for_each(|_| look());
            format!("{before:?} {:?}", count_resources()).into_bytes()
        });
        let answer = String::from_utf8(answer.unwrap()).unwrap();
        let (before, after) = answer.split_at(answer.len() / 2);
        assert_eq!(before.trim(), after.trim(), "pages and descriptors");
    }

    #[test]
    fn another_change_does_not_wait_until_a_failure_is_tried_again() {
        let scene = tempfile::tempdir().unwrap();
        let requests = ["one", "two", "three"].map(|name| request(scene.path().join(name)));
        let follower = follower(requests.into());
        let write = |name: &str| std::fs::write(scene.path().join(name), "x").unwrap();
        write("one");
        let seen = find_change(&follower).expect("a change");
        follower.take_report(seen, &[FollowEvent::Failed("cause".to_owned())]);
        write("two");
        let seen = find_change(&follower).expect("another change");
        // Another process could run into the time limit as well.
        follower.take_report(seen, &[FollowEvent::Ended("cause".to_owned())]);
        write("three");
        assert_eq!(find_change(&follower), None);
        assert!((0..2).any(|_| find_change(&follower).is_some()));
    }

    #[test]
    fn a_failure_is_reported_once_and_tried_again_less_and_less_often() {
        let scene = tempfile::tempdir().unwrap();
        let follower = follower(vec![request(scene.path().join("data"))]);
        std::fs::write(scene.path().join("data"), "x").unwrap();
        let failed = [FollowEvent::Failed("cause".to_owned())];
        let mut looks = Vec::new();
        for look in 0..20 {
            if let Some(seen) = find_change(&follower) {
                let news = follower.take_report(seen, &failed);
                assert_eq!(news.is_empty(), !looks.is_empty());
                looks.push(look);
            }
        }
        assert_eq!(looks, [0, 2, 5, 10, 19]);
        (0..20).find_map(|_| find_change(&follower)).map(|seen| follower.take_report(seen, &[]));
        assert_eq!(find_change(&follower), None, "up to date");
    }
}
