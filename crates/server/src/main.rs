//! The binary: hands its arguments to the command line and exits with its code.

/// Chosen by measurement: docs/performance.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    dipoli_server::cli::run(std::env::args_os())
}
