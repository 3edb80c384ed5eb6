//! How a letter looks, as text and as HTML: a layout for each, which an operator may exchange for a track's own.
//!
//! A layout is given `language` (a BCP 47 tag), `subject`, `greeting`, and `blocks`, which it sets one after the other;
//! each has `kind` (`paragraph`, `fact`, `link`, `code`) and `text`, a fact and some links a `label` too. The filter `wrap` breaks a
//! text between words into lines of 76 characters. Naming anything else is an error, not an empty word.
//!
//! Deliberately absent: any way for a layout to fetch something (`include`, files, images by the operator's care), and
//! facts that a letter does not say.

use std::{fs, io, path::Path};

use minijinja::{Environment, Error, UndefinedBehavior, Value, context, syntax::SyntaxConfig};
use textwrap::{Options, WordSplitter};

use crate::{render::RenderError, text::Text};

/// The layouts that come with the program, by the names of the files that an operator may put in their place.
const BUILT_IN: [(&str, &str); 2] =
    [(TEXT, include_str!("../layouts/letter.txt")), (HTML, include_str!("../layouts/letter.html"))];
const TEXT: &str = "letter.txt";
const HTML: &str = "letter.html";

/// A line of text, in characters.
const LINE: usize = 76;

/// A piece of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    kind: &'static str,
    label: Option<String>,
    text: String,
}

impl Block {
    pub(crate) fn paragraph(text: String) -> Self {
        Self { kind: "paragraph", label: None, text }
    }

    pub(crate) fn fact(label: String, text: String) -> Self {
        Self { kind: "fact", label: Some(label), text }
    }

    pub(crate) fn link(label: Option<String>, url: String) -> Self {
        Self { kind: "link", label, text: url }
    }

    fn value(&self) -> Value {
        let Self { kind, label, text } = self;
        context! { kind => *kind, label, text }
    }

    pub(crate) fn code(text: String) -> Self {
        Self { kind: "code", label: None, text }
    }
}

/// A track's layouts.
#[derive(Clone)]
pub struct Layouts(Environment<'static>);

/// A layout of an operator's that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotALayout {
    /// The file is there and cannot be read.
    #[error("layouts/{0}: {1}")]
    Unreadable(&'static str, io::Error),
    /// It is no template, or does not fit letters.
    #[error("layouts/{0}{line}: {1}", line = .2.map(|line| format!(", line {line}")).unwrap_or_default())]
    Template(&'static str, String, Option<usize>),
}

impl Default for Layouts {
    fn default() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut syntax = SyntaxConfig::builder();
        // A condition on a line of its own leaves no empty line behind.
        syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
        environment.set_syntax(syntax.build().expect("the usual delimiters are sound"));
        environment.add_filter("wrap", |text: String| wrapped(&text));
        for (name, source) in BUILT_IN {
            environment.add_template(name, source).expect("what comes with the program is a template");
        }
        Self(environment)
    }
}

/// Lines broken between words only: a link or a code that is broken at one of its hyphens leads nowhere.
fn wrapped(text: &str) -> String {
    let whole_words = Options::new(LINE).break_words(false).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, whole_words)
}

impl Layouts {
    /// The layouts of a track: files in `folder` go before what comes with the program. Each is tried with a letter.
    ///
    /// # Errors
    /// Which file is at fault, and where.
    pub fn of(folder: &Path) -> Result<Self, NotALayout> {
        let mut layouts = Self::default();
        for (name, _) in BUILT_IN {
            match fs::read_to_string(folder.join(name)) {
                Ok(source) => layouts.exchange(name, source)?,
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
                Err(fault) => return Err(NotALayout::Unreadable(name, fault)),
            }
        }
        Ok(layouts)
    }

    fn exchange(&mut self, name: &'static str, source: String) -> Result<(), NotALayout> {
        let fault = |fault: Error| {
            let detail = fault.detail().map_or_else(|| fault.kind().to_string(), str::to_owned);
            NotALayout::Template(name, detail, fault.line())
        };
        self.0.add_template_owned(name, source).map_err(fault)?;
        self.lay(name, "en", &sample()).map(drop).map_err(fault)
    }

    /// The text part.
    pub(crate) fn text(&self, language: &str, text: &Text) -> Result<String, RenderError> {
        self.lay(TEXT, language, text).map_err(|_| RenderError::Layout)
    }

    /// The HTML part.
    pub(crate) fn html(&self, language: &str, text: &Text) -> Result<String, RenderError> {
        self.lay(HTML, language, text).map_err(|_| RenderError::Layout)
    }

    fn lay(&self, name: &str, language: &str, text: &Text) -> Result<String, Error> {
        let Text { subject, greeting, blocks } = text;
        let blocks: Vec<Value> = blocks.iter().map(Block::value).collect();
        let laid = self.0.get_template(name)?.render(context! { language, subject, greeting, blocks })?;
        Ok(laid.trim_end().to_owned())
    }
}

/// A letter with a block of each kind.
fn sample() -> Text {
    let word = || "word".to_owned();
    Text {
        subject: word(),
        greeting: word(),
        blocks: vec![
            Block::paragraph(word()),
            Block::fact(word(), word()),
            Block::link(None, word()),
            Block::link(Some(word()), word()),
            Block::code(word()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, source: &str) -> Result<Layouts, NotALayout> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), source).unwrap();
        Layouts::of(folder.path())
    }

    #[test]
    fn an_operators_layout_goes_before_ours() {
        let layouts =
            with(TEXT, "{{ greeting }}\n{% for block in blocks %}\n* {{ block.text }}\n{% endfor %}\n-- \nThe house\n");
        let layouts = layouts.unwrap();
        let text = layouts.text("en", &sample()).unwrap();
        assert_eq!(text, "word\n* word\n* word\n* word\n* word\n* word\n-- \nThe house");
        assert_eq!(layouts.html("en", &sample()).unwrap(), Layouts::default().html("en", &sample()).unwrap());
    }

    #[test]
    fn a_layout_that_is_none_is_told_by_file_and_line() {
        for (name, source, told) in [
            (TEXT, "{{ greeting }}\n{% for %}", "layouts/letter.txt, line 2: "),
            (HTML, "<p>\n\n{{ title }}", "layouts/letter.html, line 3: "),
            (HTML, "{% include \"/etc/passwd\" %}", "layouts/letter.html, line 1: "),
        ] {
            let fault = with(name, source).err().unwrap().to_string();
            assert!(fault.starts_with(told), "{fault}");
        }
    }

    #[test]
    fn a_line_ends_between_words_and_nowhere_else() {
        let link = format!("https://dialogue.example/aalto/welcome#{}", "a-b_c".repeat(20));
        assert_eq!(wrapped(&link), link);
        assert_eq!(wrapped(&format!("well-known {link}")), format!("well-known\n{link}"));
        assert!(wrapped(&"word ".repeat(40)).lines().all(|line| line.len() <= LINE));
    }

    #[test]
    fn html_is_escaped() {
        let text = Text { greeting: "<b>&\"".to_owned(), ..sample() };
        let html = Layouts::default().html("en", &text).unwrap();
        assert!(html.contains("&lt;b&gt;&amp;&quot;") && !html.contains("<b>"), "{html}");
        assert!(Layouts::default().text("en", &text).unwrap().starts_with("<b>&\""));
    }

    /// Nothing is fetched, nothing is run, and colours are the reader's own, by day and by night.
    #[test]
    fn our_html_fetches_nothing_and_sets_no_colour() {
        let html = BUILT_IN[1].1;
        for absent in ["<img", "src=", "url(", "<script", "http", "@import", "background", "color:"] {
            assert!(!html.replace("color-scheme:", "").contains(absent), "{absent}");
        }
        for present in ["<html lang=\"{{ language }}\">", "<title>", "<h1>", "color-scheme: light dark"] {
            assert!(html.contains(present), "{present}");
        }
    }
}
