//! The `tickmark` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    tickmark::cli::main()
}
