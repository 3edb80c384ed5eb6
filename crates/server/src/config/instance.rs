//! `dipoli.toml`: the settings of the instance. What is answered before sign-in depends on this file alone, so nothing
//! of a track stands here.

use std::{net::SocketAddr, path::Path};

use dipoli_auth::password::Parameters;
use serde::Deserialize;

use super::{
    Variables, Wrong, bounds,
    bounds::{Count, Network},
    layers::{self, Layer},
    template::{Entry, First, Template},
};

/// The instance's settings, checked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Where the API is served.
    pub listen: SocketAddr,
    /// Where `/livez` and `/readyz` are.
    pub admin_listen: SocketAddr,
    /// What links and token issuers begin with; no slash at its end.
    #[serde(deserialize_with = "bounds::public_url")]
    pub public_url: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Web pages from elsewhere that may talk to the API.
    #[serde(deserialize_with = "bounds::origins")]
    pub allowed_origins: Vec<String>,
    /// Whether `/{track}/explorer` is there.
    pub explorer: bool,
    /// Whether the API tells its schema to whoever is signed in.
    pub introspection: bool,
    /// Which documents are run.
    pub documents: Documents,
    /// How often a client address may try to sign in.
    pub sign_in: SignInRate,
}

/// Which documents are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Documents {
    /// Any within the limits.
    Open,
    /// Those that are known: of `schema/operations/`, and of the folder's `documents/`.
    Trusted,
}

/// How often a client address may try to sign in, and what a password costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRate {
    /// At once.
    pub burst: Count<1, 10_000>,
    /// And then every minute.
    pub per_minute: Count<1, 10_000>,
    /// What a new password hash costs in memory (KiB); nothing weaker than OWASP's least is accepted (requirements A-01).
    pub hash_memory_kib: Count<19_456, 1_048_576>,
    /// In passes over it.
    pub hash_passes: Count<2, 16>,
    /// In lanes.
    pub hash_lanes: Count<1, 16>,
}

const TEMPLATE: Template = Template {
    head: "What is answered before sign-in depends on this file alone. DIPOLI_SIGN_IN__BURST=20 overrides sign_in.burst.",
    entries: &[
        Entry { key: "listen", first: First::Default(r#""127.0.0.1:8080""#), comment: "where the API is served" },
        Entry {
            key: "admin_listen",
            first: First::Default(r#""127.0.0.1:9090""#),
            comment: "/livez and /readyz; publish it nowhere",
        },
        Entry {
            key: "public_url",
            first: First::Default(r#""http://127.0.0.1:8080""#),
            comment: "what links in mails begin with",
        },
        Entry {
            key: "trusted_proxies",
            first: First::Default("[]"),
            comment: "addresses or networks whose X-Forwarded-For is believed",
        },
        Entry {
            key: "allowed_origins",
            first: First::Default("[]"),
            comment: "web pages from elsewhere that may talk to the API",
        },
        Entry {
            key: "explorer",
            first: First::Default("false"),
            comment: "a page at /{track}/explorer to try the API on",
        },
        Entry { key: "introspection", first: First::Default("false"), comment: "for signed-in viewers" },
        Entry {
            key: "documents",
            first: First::Default(r#""open""#),
            comment: "open | trusted: only known ones (schema/operations, documents/*.graphql)",
        },
        Entry {
            key: "sign_in.burst",
            first: First::Default("10"),
            comment: "1…10000: sign-ins that a client address may try at once",
        },
        Entry { key: "sign_in.per_minute", first: First::Default("3"), comment: "1…10000: and then" },
        Entry {
            key: "sign_in.hash_memory_kib",
            first: First::Default("65536"),
            comment: "19456…1048576: argon2id's memory",
        },
        Entry { key: "sign_in.hash_passes", first: First::Default("3"), comment: "2…16: its passes" },
        Entry { key: "sign_in.hash_lanes", first: First::Default("1"), comment: "1…16: its lanes" },
    ],
};

impl Instance {
    /// Reads the file, if it is there; variables and flags (keys and values) go over it.
    ///
    /// # Errors
    /// What is wrong, and where it was given.
    pub fn load(file: &Path, variables: &Variables, flags: Vec<(&'static str, String)>) -> Result<Self, Wrong> {
        let mut all = Vec::with_capacity(3);
        if file.exists() {
            all.push(Layer::File { path: file.to_owned(), text: super::read(file)? });
        }
        all.push(Layer::Variables(variables.clone()));
        all.push(Layer::Flags(flags));
        let instance: Self = layers::extract(&TEMPLATE, &all)?;
        if instance.listen == instance.admin_listen && instance.listen.port() != 0 {
            return Err(Wrong::new("admin_listen", "the API has this address already; give another"));
        }
        Ok(instance)
    }

    /// What a new password hash costs.
    pub fn password_cost(&self) -> Parameters {
        let SignInRate { hash_memory_kib, hash_passes, hash_lanes, .. } = self.sign_in;
        Parameters::new(hash_memory_kib.get(), hash_passes.get(), hash_lanes.get())
            .unwrap_or_else(|fault| unreachable!("the settings have the same bounds: {fault}"))
    }

    /// The file as it is first written; `given` holds values (as TOML) that differ from the default.
    pub fn first_file(given: &[(&str, String)]) -> String {
        TEMPLATE.render(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dipoli.toml");
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    fn wrong(text: &str) -> String {
        let (_folder, file) = folder(text);
        let told = Instance::load(&file, &Variables::default(), Vec::new()).unwrap_err().to_string();
        told.replace(&file.display().to_string(), "FILE")
    }

    fn variables(all: &[(&str, &str)]) -> Variables {
        all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_written_file_holds_the_defaults() {
        let (_folder, file) = folder(&Instance::first_file(&[]));
        let written = Instance::load(&file, &Variables::default(), Vec::new()).unwrap();
        let absent = Instance::load(Path::new("/nowhere/dipoli.toml"), &Variables::default(), Vec::new()).unwrap();
        assert_eq!(written, absent);
        assert_eq!(written.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(written.sign_in.burst.get(), 10);
        let text = Instance::first_file(&[]);
        for entry in TEMPLATE.entries {
            let key = entry.key.rsplit('.').next().unwrap();
            assert!(text.lines().any(|line| line.starts_with(&format!("{key} = "))), "{key} is not in\n{text}");
        }
    }

    #[test]
    fn flags_go_over_variables_over_the_file_over_defaults() {
        let (_folder, file) = folder("listen = \"127.0.0.1:1\"\nexplorer = true\n[sign_in]\nburst = 2\n");
        let set = variables(&[
            ("DIPOLI_LISTEN", "127.0.0.1:2"),
            ("DIPOLI_SIGN_IN__BURST", "3"),
            ("DIPOLI_TRUSTED_PROXIES", "[10.0.0.0/8, ::1]"),
            ("DIPOLI_ROOT_KEY_FILE", "/elsewhere"),
            ("HOME", "/root"),
        ]);
        let instance = Instance::load(&file, &set, vec![("listen", "127.0.0.1:3".into())]).unwrap();
        assert_eq!((instance.listen.port(), instance.sign_in.burst.get(), instance.explorer), (3, 3, true));
        assert_eq!(instance.sign_in.per_minute.get(), 3);
        assert_eq!(instance.trusted_proxies.iter().map(|network| network.prefix).collect::<Vec<_>>(), [8, 128]);
    }

    #[test]
    fn a_fault_names_file_and_line() {
        assert_eq!(wrong("explorer = true\nlissen = \"x\"\n"), "FILE, line 2: there is no setting lissen");
        assert_eq!(wrong("\n[sign_in]\nbursts = 1\n"), "FILE, line 3: there is no setting sign_in.bursts");
        assert_eq!(wrong("sign_in = 3\n"), "FILE, line 1: there is no setting sign_in");
        for (line, fault) in [
            ("burst = 0", "it should be a whole number from 1 to 10000"),
            ("burst = 10001", "it should be a whole number from 1 to 10000"),
            ("burst = -1", "it should be a whole number from 1 to 10000"),
            ("hash_memory_kib = 19455", "it should be a whole number from 19456 to 1048576"),
            ("hash_passes = 1", "it should be a whole number from 2 to 16"),
            ("hash_lanes = 0", "it should be a whole number from 1 to 16"),
            ("burst = \"many\"", "it should be a whole number from 1 to 10000"),
        ] {
            assert_eq!(
                wrong(&format!("[sign_in]\n{line}\n")),
                format!("FILE, line 2, sign_in.{}: {fault}", line.split(' ').next().unwrap())
            );
        }
        assert!(wrong("listen = 8080").starts_with("FILE, line 1, listen: "));
        assert!(wrong("listen = \"localhost\"").starts_with("FILE, line 1, listen: "));
        assert!(wrong("\nexplorer = 1").starts_with("FILE, line 2, explorer: "));
        assert_eq!(wrong("documents = \"closed\""), "FILE, line 1, documents: it should be one of open, trusted");
        assert!(wrong("public_url = \"dialogue.example\"").starts_with("FILE, line 1, public_url: "));
        assert!(wrong("trusted_proxies = [\"10.0.0.0/33\"]").starts_with("FILE, line 1, trusted_proxies: "));
        assert!(wrong("allowed_origins = [\"https://a.example/x\"]").starts_with("FILE, line 1, allowed_origins: "));
        assert!(wrong("listen = \"127.0.0.1:8080\nexplorer = 1").starts_with("FILE, line 1: "));
    }

    #[test]
    fn a_fault_names_variable_or_flag() {
        let load = |set: &[(&str, &str)], flags| {
            Instance::load(Path::new("/nowhere/dipoli.toml"), &variables(set), flags).unwrap_err().to_string()
        };
        assert_eq!(load(&[("DIPOLI_LISSEN", "x")], vec![]), "DIPOLI_LISSEN: there is no such setting");
        assert_eq!(
            load(&[("DIPOLI_SIGN_IN__BURST", "0")], vec![]),
            "DIPOLI_SIGN_IN__BURST: it should be a whole number from 1 to 10000"
        );
        assert!(load(&[], vec![("admin_listen", "nine".into())]).starts_with("--admin-listen: "));
    }
}
