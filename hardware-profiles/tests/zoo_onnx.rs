//! The ONNX files of the zoo: tract sees the shapes and MACs of the layer tables, onnxruntime computes what tract does.
#![cfg(feature = "tract")]

use std::path::Path;
use std::process::Command;

use hardware_profiles::tract::onnx;
use hardware_profiles::zoo::{self, Builder, Network, Op, Shape};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::internal::*;

fn loaded(network: &Network) -> TypedModel {
    let model = onnx::export(network).expect("a network of the zoo");
    let model = tract_onnx::onnx().model_for_proto_model(&model).expect("tract reads it");
    model.into_typed().expect("every operator is known and every shape fits")
}

/// Multiply-accumulates of convolutions and matrix products, as tract counts them.
fn macs(model: &TypedModel) -> f64 {
    let products = model.nodes.iter().filter(|node| ["Conv", "DepthWise", "EinSum"].contains(&&*node.op.name()));
    let costs = products.flat_map(|node| {
        let facts = model.node_input_facts(node.id).expect("typed");
        node.op.cost(&facts).expect("a cost")
    });
    costs.filter(|(cost, _)| matches!(cost, Cost::FMA(_))).map(|(_, count)| count.to_i64().expect("known") as f64).sum()
}

#[test]
fn tract_counts_the_macs_of_the_layer_table() {
    for network in zoo::builtin() {
        assert_eq!(macs(&loaded(network)), network.macs().0, "{}", network.name);
    }
}

#[test]
fn tract_leaves_out_only_the_tokens_that_no_logit_reads() {
    for network in zoo::builtin() {
        let model = loaded(network).into_decluttered().expect("decluttered");
        let unread = if network.name == "vit-tiny" { unread_of_last_block(network) } else { 0.0 };
        assert_eq!(macs(&model), network.macs().0 - unread, "{}", network.name);
    }
}

/// MACs of tokens whose last attention nobody reads, as the classifier takes one token: all but that token's part of the
/// context, the projection and the perceptron. Their queries and scores tract computes, as it moves no slice over the
/// softmax.
fn unread_of_last_block(network: &Network) -> f64 {
    let skipped = ["attention/context", "attention/project", "mlp/expand", "mlp/project"];
    let macs = skipped.map(|part| {
        let name = format!("block12/{part}");
        network.layers().iter().find(|layer| layer.name == name).expect("a layer").macs.0
    });
    let tokens = network.nodes().iter().find(|node| node.op == Op::Embed).expect("an embedding").shape.height as f64;
    macs.iter().sum::<f64>() * (tokens - 1.0) / tokens
}

#[test]
fn every_tensor_has_the_name_and_the_size_that_the_table_says() {
    for network in zoo::builtin() {
        let model = loaded(network);
        let (last, inner) = network.layers().split_last().expect("layers");
        let named = inner.iter().map(|layer| (layer.name.as_str(), layer)).chain([(onnx::OUTPUT, last)]);
        for (name, layer) in named {
            let outlet = model.find_outlet_label(name).unwrap_or_else(|| panic!("{}: no tensor {name}", network.name));
            let size = model.outlet_fact(outlet).expect("a fact").mem_size().to_i64().expect("known");
            assert_eq!(size as f64, layer.activation.0, "{}: {name}", network.name);
        }
    }
}

#[test]
fn a_file_holds_as_many_weights_as_the_table_says_and_no_two_tensors_alike() {
    for network in zoo::builtin() {
        let graph = onnx::export(network).and_then(|model| model.graph).expect("a graph");
        let weights: Vec<_> = graph
            .initializer
            .iter()
            .filter(|tensor| tensor.data_type == DataType::Float as i32 && !tensor.dims.is_empty())
            .collect();
        let numbers: i64 = weights.iter().map(|tensor| tensor.dims.iter().product::<i64>()).sum();
        assert_eq!(numbers as u64, network.parameters(), "{}", network.name);
        let distinct: std::collections::HashSet<_> = weights.iter().map(|tensor| &tensor.raw_data).collect();
        assert_eq!(distinct.len(), weights.len(), "{}", network.name);
    }
}

#[test]
fn a_table_without_a_description_has_no_file() {
    let network = &zoo::builtin()[0];
    let table = Network::from_csv("own", &network.to_csv()).expect("reads");
    assert!(onnx::encode(&table).is_none());
    assert_eq!(onnx::encode(network), onnx::encode(network), "the same bytes each time");
}

#[test]
fn a_network_that_takes_an_image_for_a_sequence_has_no_file() {
    let (mut builder, image) = Builder::new(Shape { height: 5, width: 1, channels: 6 });
    builder.attention("attention", image, 2);
    assert!(onnx::export(&builder.finish("own")).is_none());
    let (mut builder, image) = Builder::new(Shape { height: 5, width: 1, channels: 6 });
    let tokens = builder.embed("embedding", image);
    let tokens = builder.attention("attention", tokens, 2);
    builder.first_token("token", tokens);
    assert!(onnx::export(&builder.finish("own")).is_some());
}

/// Checks a model with ONNX's own checker, then writes what onnxruntime makes of an input.
const JUDGE: &str = "
import sys, numpy, onnx, onnxruntime
folder = sys.argv[1]
model = onnx.load(folder + '/model.onnx')
onnx.checker.check_model(model, full_check=True)
shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
image = numpy.fromfile(folder + '/image', '<f4').reshape(shape)
session = onnxruntime.InferenceSession(folder + '/model.onnx', providers=['CPUExecutionProvider'])
session.run(['logits'], {'image': image})[0].astype('<f4').tofile(folder + '/logits')
";

#[test]
fn onnxruntime_computes_what_tract_computes() {
    let python = std::env::var("CARBONEDGE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let ready = Command::new(&python).args(["-c", "import numpy, onnx, onnxruntime"]).output();
    if !ready.is_ok_and(|done| done.status.success()) {
        println!("skipped: needs the python packages numpy, onnx and onnxruntime of {python} (CARBONEDGE_PYTHON)");
        return;
    }
    for network in zoo::builtin() {
        let folder = tempfile::tempdir().expect("a folder");
        let (ours, theirs) = (by_tract(network, folder.path()), by_onnxruntime(&python, network, folder.path()));
        assert_eq!(ours.len(), theirs.len(), "{}", network.name);
        let largest = theirs.iter().fold(0.0, |most: f32, logit| most.max(logit.abs()));
        assert!(largest.is_normal(), "{}: {largest}", network.name);
        let difference = ours.iter().zip(&theirs).fold(0.0, |most: f32, (a, b)| most.max((a - b).abs())) / largest;
        println!("{}: largest logit {largest}, difference {difference:.1e} of it", network.name);
        assert!(difference <= 1e-5, "{}: {difference:.1e}", network.name);
    }
}

/// A picture with many frequencies and no two rows alike.
fn picture(numbers: usize) -> Vec<f32> {
    (0..numbers).map(|at| ((at * at % 9973) as f32 / 9973.0).mul_add(2.0, -1.0)).collect()
}

fn by_tract(network: &Network, folder: &Path) -> Vec<f32> {
    let model = loaded(network).into_optimized().expect("optimised");
    let shape = model.input_fact(0).expect("an input").shape.as_concrete().expect("known").to_vec();
    let image = picture(shape.iter().product());
    let bytes: Vec<u8> = image.iter().flat_map(|number| number.to_le_bytes()).collect();
    std::fs::write(folder.join("image"), bytes).expect("writable");
    std::fs::write(folder.join("model.onnx"), onnx::encode(network).expect("a network of the zoo")).expect("writable");
    let input = Tensor::from_shape(&shape, &image).expect("fits");
    let output = model.into_runnable().expect("runs").run(tvec!(input.into())).expect("an output");
    output[0].to_plain_array_view::<f32>().expect("floats").iter().copied().collect()
}

fn by_onnxruntime(python: &str, network: &Network, folder: &Path) -> Vec<f32> {
    let done = Command::new(python).args(["-c", JUDGE]).arg(folder).output().expect("python runs");
    assert!(done.status.success(), "{}: {}", network.name, String::from_utf8_lossy(&done.stderr));
    let bytes = std::fs::read(folder.join("logits")).expect("written");
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
}
