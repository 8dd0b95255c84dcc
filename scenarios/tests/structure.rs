//! The shape of the house: floors, file headers, schedulers that see the fleet through the view only, no orphans.

use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [(&str, u8); 5] =
    [("sim-core", 0), ("hardware-profiles", 1), ("workloads", 1), ("analysis", 1), ("scenarios", 2)];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn files_of(krate: &str, parts: &[&str]) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    parts.iter().for_each(|part| rust_files(&root().join(krate).join(part), &mut paths));
    paths.sort();
    assert!(!paths.is_empty(), "no files in {krate}");
    let text = |path: &PathBuf| fs::read_to_string(path).expect("a readable file");
    paths.iter().map(|path| (path.strip_prefix(root()).expect("inside").display().to_string(), text(path))).collect()
}

#[test]
fn every_crate_depends_only_on_lower_floors() {
    for (krate, floor) in CRATES {
        let manifest = fs::read_to_string(root().join(krate).join("Cargo.toml")).expect("a manifest");
        for (other, its_floor) in CRATES {
            let depends = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} =")));
            assert!(!depends || its_floor < floor, "{krate} (floor {floor}) depends on {other} (floor {its_floor})");
        }
    }
}

#[test]
fn every_file_opens_with_a_sentence_that_says_what_it_is_for() {
    for (krate, _) in CRATES {
        for (path, text) in files_of(krate, &["src", "tests", "benches"]) {
            let first = text.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! ") && first.len() > 12, "{path} opens with: {first}");
        }
    }
}

#[test]
fn lower_floors_open_no_paths_and_read_no_clock() {
    for krate in ["sim-core", "hardware-profiles", "workloads", "analysis"] {
        // The profiler runs networks and reads meters: the one exception, behind the feature `tract`.
        let files = files_of(krate, &["src"]).into_iter().filter(|(path, _)| !path.contains("src/tract"));
        for (path, text) in files {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for forbidden in ["std::fs", "File::open", "Instant::now", "SystemTime", "println!", "Timestamp::now"] {
                let used = code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(forbidden));
                assert!(!used, "{path} uses {forbidden}");
            }
        }
    }
}

#[test]
fn schedulers_import_the_view_and_never_the_engine_or_the_world() {
    let mut files = files_of("sim-core", &["src/schedulers"]);
    let served = ["src/score", "src/ranked", "src/fleet_index", "src/placement"];
    let serves = |path: &str| served.iter().any(|start| path.contains(start));
    files.extend(files_of("sim-core", &["src"]).into_iter().filter(|(path, _)| serves(path)));
    for (path, text) in files {
        for forbidden in ["crate::engine", "crate::world", "crate::kernel::queue", "World", ".state", ".world"] {
            assert!(!text.contains(forbidden), "{path} mentions {forbidden}");
        }
    }
}

#[test]
fn every_scheduler_file_is_named_once_in_the_list_and_exports_its_entry() {
    let list = fs::read_to_string(root().join("sim-core/src/schedulers.rs")).expect("the list");
    let list = list.split("builtin![").nth(1).and_then(|rest| rest.split(']').next()).expect("the builtin! list");
    // An entry may say which feature brings it: `name if "feature"`.
    let named: Vec<&str> = list.split(',').filter_map(|entry| entry.split_whitespace().next()).collect();
    for (path, text) in files_of("sim-core", &["src/schedulers"]) {
        let stem = Path::new(&path).file_stem().and_then(|stem| stem.to_str()).expect("a name");
        assert_eq!(named.iter().filter(|name| **name == stem).count(), 1, "{path} stands in the list once");
        assert!(text.contains("pub const ENTRY: Entry"), "{path} exports ENTRY");
        let name = stem.replace('_', "-");
        assert!(text.contains(&format!("name: \"{name}\"")), "{path} is called {name}");
    }
}

#[test]
fn there_are_five_crates_and_the_packages_are_named_like_their_folders() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let members = manifest.lines().find(|line| line.starts_with("members")).expect("members");
    assert_eq!(members.matches('"').count(), 10, "{members}");
    for (krate, _) in CRATES {
        let own = fs::read_to_string(root().join(krate).join("Cargo.toml")).expect("a manifest");
        assert!(own.contains(&format!("name = \"{krate}\"")), "{krate}");
    }
}

#[test]
fn every_dependency_has_its_row_in_contributing() {
    let contributing = fs::read_to_string(root().join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    let table =
        manifest.split("[workspace.dependencies]").nth(1).and_then(|rest| rest.split("\n[").next()).expect("a table");
    for line in table.lines().filter(|line| line.contains('=') && !line.contains("path =")) {
        let name = line.split('=').next().unwrap_or_default().trim();
        assert!(contributing.contains(&format!("`{name}`")), "CONTRIBUTING.md has no row for `{name}`");
    }
}
