//! What needs the inference engine tract: networks as ONNX files.

pub mod onnx;
