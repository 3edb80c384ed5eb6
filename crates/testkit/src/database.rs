//! Databases of a test's own, and the macro that runs a test on every engine.
//!
//! Knows nothing of the store: an engine, and an address. PostgreSQL is the one that `DIPOLI_TEST_POSTGRES_URL` names;
//! without it those cases are left out and say so.

use sea_orm::{ConnectOptions, ConnectionTrait, Database};

/// What a track's databases are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// The address of the PostgreSQL that tests may make databases in, if one was named.
pub fn postgres() -> Option<String> {
    std::env::var("DIPOLI_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

/// A PostgreSQL database of a random name; dropped with the value, whoever is still connected.
pub struct FreshDatabase {
    server: String,
    name: String,
}

impl FreshDatabase {
    /// Makes one.
    pub async fn make() -> Self {
        let server = postgres().expect("asked for on PostgreSQL alone");
        let name = format!("dipoli_test_{}", uuid::Uuid::new_v4().simple());
        run(&server, &format!("CREATE DATABASE {name}")).await;
        Self { server, name }
    }

    /// Its address.
    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').expect("postgres://host/database");
        format!("{server}/{}", self.name)
    }
}

impl Drop for FreshDatabase {
    fn drop(&mut self) {
        // Dropping may happen inside a runtime, which cannot be waited in; a thread of its own can.
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        });
        // A database that is left over harms nobody, and a test that has failed has said enough.
        let _ = dropped.join();
    }
}

async fn run(server: &str, sql: &str) {
    let mut options = ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.expect("PostgreSQL answers");
    connection.execute_unprepared(sql).await.expect("databases may be made and dropped there");
    connection.close().await.expect("closes");
}

#[expect(clippy::print_stdout, reason = "what a run leaves out, it says")]
fn say_left_out(name: &str) {
    println!("{name}: left out on PostgreSQL, DIPOLI_TEST_POSTGRES_URL names none");
}

/// Runs `test` with a runtime of its own on one engine; on PostgreSQL only where one was named.
pub fn run_on<F: Future<Output = ()>>(engine: Engine, name: &str, test: impl FnOnce(Engine) -> F) {
    if engine == Engine::Postgres && postgres().is_none() {
        say_left_out(name);
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test(engine));
}

/// Makes tests of functions that take an [`Engine`], one for each engine there is.
#[macro_export]
macro_rules! on_each_database {
    ($($test:ident),+ $(,)?) => {
        $(
            mod $test {
                #[test]
                fn on_sqlite() {
                    $crate::run_on($crate::Engine::Sqlite, stringify!($test), super::$test);
                }

                #[test]
                fn on_postgres() {
                    $crate::run_on($crate::Engine::Postgres, stringify!($test), super::$test);
                }
            }
        )+
    };
}
