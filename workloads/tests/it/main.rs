//! What the crate reads and makes, seen from outside: one test program, one module a subject.

mod carbon_files;
mod carbon_formats;
