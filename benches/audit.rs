//! How fast the jail is searched, against `find` and `getcap` with the same questions, side by side.
//!
//!     cargo bench --bench audit [-- --files 1000000] [--rounds 5] [--at /var/tmp]
//!
//! Makes a tree, warms it, lets everybody search it in turn, and prints medians and ratios. What is
//! compared are whole processes. It exits with 1 if the search is not twice as fast as `find` and
//! `getcap` together, or takes more than 64 MiB.
#![forbid(unsafe_code)]

use mod_chroot::test_api::{SearchQuestion, ask};
use std::error::Error;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What may be taken at most.
const MOST_MEMORY: u64 = 64 << 10;
/// So many times as fast at least.
const LEAST_RATIO: f64 = 2.0;

struct Options {
    files: u64,
    rounds: usize,
    at: PathBuf,
    only: Option<PathBuf>,
}

fn main() -> ExitCode {
    match options().and_then(|options| match &options.only {
        Some(jail) => search(jail).map(|()| true),
        None => compare(&options),
    }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("bench: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options> {
    let mut options = Options { files: 200_000, rounds: 5, at: std::env::temp_dir(), only: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--files" => options.files = value()?.parse()?,
            "--rounds" => options.rounds = value()?.parse()?,
            "--at" => options.at = value()?.into(),
            "--only" => options.only = Some(value()?.into()),
            "--bench" => {}
            other => return Err(format!("unknown word: {other}").into()),
        }
    }
    Ok(options)
}

/// In a process of its own: the module's search, and what it took.
fn search(jail: &Path) -> Result<()> {
    let jail = jail.to_owned();
    let question = SearchQuestion {
        jail,
        uid: 33,
        gids: vec![33],
        own: vec![],
        host_paths: true,
        across: false,
        budget: None,
    };
    let answer = ask(&question)?;
    let status = fs::read_to_string("/proc/self/status")?;
    let memory = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let memory = memory.and_then(|text| text.split_whitespace().next()).unwrap_or("0");
    say(&format!("{} {} {memory}", answer.names, answer.findings.len()));
    Ok(())
}

fn compare(options: &Options) -> Result<bool> {
    let folder = tempfile::Builder::new().prefix("mod_chroot-bench-").tempdir_in(&options.at)?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let jail = folder.path().join("jail");
    let begin = Instant::now();
    build(&jail, options.files)?;
    say(&format!("tree of {} files made in {:.1?}", options.files, begin.elapsed()));
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut last = String::new();
    // The first round only warms.
    for round in 0..=options.rounds {
        let commands = [ours(&jail)?, find(&jail), getcap(&jail)];
        for (number, mut command) in commands.into_iter().enumerate() {
            let (took, output) = timed(&mut command)?;
            if number == 0 {
                last = output;
            }
            if round > 0 {
                times[number].push(took);
            }
        }
    }
    judge(&last, times.map(median))
}

fn judge(ours: &str, [search, find, getcap]: [Duration; 3]) -> Result<bool> {
    let numbers: Vec<u64> = ours.split_whitespace().flat_map(str::parse).collect();
    let [names, findings, memory] = numbers.as_slice() else { return Err(ours.into()) };
    let ratio = |other: Duration| other.as_secs_f64() / search.as_secs_f64();
    let both = ratio(find + getcap);
    say(&format!(
        "search          {search:>10.1?}   {names} names, {findings} findings, {memory} KiB"
    ));
    say(&format!("find            {find:>10.1?}   {:.2} times as long", ratio(find)));
    say(&format!("getcap -r       {getcap:>10.1?}   {:.2} times as long", ratio(getcap)));
    say(&format!("find, getcap    {:>10.1?}   {both:.2} times as long", find + getcap));
    let good = both >= LEAST_RATIO && *memory <= MOST_MEMORY;
    say(if good { "as promised" } else { "NOT as promised" });
    Ok(good)
}

fn ours(jail: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--only").arg(jail);
    Ok(command)
}

/// The same questions, as far as find can ask them.
fn find(jail: &Path) -> Command {
    let mut command = Command::new("find");
    command.arg(jail).args(
        "-xdev ( -type b -o -type c -o -type s -o -type f -perm /6000 -o -type f -links +1 \
         -o -type l -xtype l -o ( -path */etc* -o -path */lib* ) ( -user 33 -o -perm /022 ) \
         ( -type f -o -type d ) )"
            .split_whitespace(),
    );
    command
}

fn getcap(jail: &Path) -> Command {
    let mut command = Command::new("getcap");
    command.arg("-r").arg(jail);
    command
}

fn timed(command: &mut Command) -> Result<(Duration, String)> {
    let begin = Instant::now();
    let output = command.stderr(Stdio::null()).output()?;
    Ok((begin.elapsed(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Twenty files to a folder, as web sites have them: one in sixteen a program, one a symbolic link;
/// a tenth of all in one large folder.
fn build(jail: &Path, files: u64) -> Result<()> {
    let flat = jail.join("cache");
    fs::create_dir_all(&flat)?;
    for number in 0..files / 10 {
        fs::write(flat.join(format!("session-{number}")), "")?;
    }
    let mut folder = PathBuf::new();
    for number in 0..files - files / 10 {
        if number % 20 == 0 {
            let (high, middle, low) = (number / 40_000, number / 1_000 % 40, number / 20 % 50);
            folder = jail.join(format!("site{high}/module{middle}/part{low}"));
            fs::create_dir_all(&folder)?;
        }
        let path = folder.join(format!("page-{number}.html"));
        match number % 16 {
            7 => symlink("index.html", path)?,
            11 => {
                fs::write(&path, "")?;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
            }
            _ => fs::write(path, "")?,
        }
    }
    Ok(())
}

fn say(line: &str) {
    // A reader who has gone is no reason to stop.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
