//! Trained networks that Python packages bring: they load, with the figures known of them, and measure themselves.

use std::path::{Path, PathBuf};

use analysis::number::significant;
use predicates::str::contains;

use super::profile;

/// Files with the shapes that they leave open and their multiply-accumulates, counted over the shapes that
/// onnxruntime 1.32 gives their convolutions and matrix products.
const FILES: [(&str, &[&str], f64); 5] = [
    ("ch_PP-OCRv4_det_infer.onnx", &["x=1,3,640,640"], 2_301_935_744.0),
    ("ch_PP-OCRv4_rec_infer.onnx", &["x=1,3,48,320"], 702_469_440.0),
    ("ch_ppocr_mobile_v2.0_cls_infer.onnx", &["x=1,3,48,192"], 16_315_376.0),
    ("centerface.onnx", &["input.1=1,3,480,640"], 1_851_532_800.0),
    ("magika.onnx", &[], 366_717_952.0),
];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CARBONEDGE_ONNX_DIR").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: CARBONEDGE_ONNX_DIR names no folder; hardware-profiles/tests/fetch-models fills one");
    }
    folder
}

fn shapes(shapes: &[&str]) -> Vec<String> {
    shapes.iter().flat_map(|shape| ["--shapes".to_owned(), (*shape).to_owned()]).collect()
}

#[test]
fn trained_networks_profile_without_a_special_case() {
    let Some(folder) = folder() else { return };
    for (file, open, macs) in FILES {
        let out = tempfile::tempdir().expect("a folder");
        let target = out.path().join("profile.json");
        let mut command = profile();
        command.arg(folder.join(file)).args(shapes(open)).args(["--rounds", "2"]).arg("--out").arg(&target);
        if cfg!(debug_assertions) {
            command
                .arg("--dry-run")
                .assert()
                .success()
                .stdout(contains(format!(" {} M MACs", significant(macs / 1e6, 4))));
            continue;
        }
        command.assert().success();
        let text = std::fs::read_to_string(&target).expect("a profile");
        let profile = hardware_profiles::profile::read(&text, file).expect("laws hold");
        let found = profile.model.macs;
        assert_eq!(found, macs, "{file}");
        println!(
            "{file}: {:.1} M MACs, {:.3} ms, Σ {:+.1} %, {} segments, contended {}",
            found / 1e6,
            profile.quality.whole_s * 1e3,
            profile.quality.deviation * 100.0,
            profile.segments.len(),
            profile.quality.contended
        );
    }
}

#[test]
fn control_flow_of_a_trained_network_is_refused_clearly() {
    let Some(folder) = folder() else { return };
    let file = Path::new("silero_vad.onnx");
    let args = shapes(&["input=1,512", "state=2,1,128"]);
    profile().arg(folder.join(file)).args(args).arg("--dry-run").assert().code(2).stderr(contains("ONNX `If`"));
}
