//! The binary: hands its arguments to the command line and exits with its code.

fn main() -> std::process::ExitCode {
    dipoli_server::cli::run(std::env::args_os())
}
