//! The part of Markdown that records are written in, as HTML: headings, paragraphs, lists, quotations, emphasis, code.
//!
//! Everything else is text and is escaped, HTML with it. Deliberately absent: links and images. A record that is opened
//! asks nobody for anything.

use std::fmt::Write;

/// HTML for a text; headings begin at `<h3>`.
pub(super) fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 4);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            put(&mut html, "pre", &escaped(&code.join("\n")));
        } else if let Some((level, title)) = heading(line) {
            put(&mut html, &format!("h{level}"), &inline(title));
        } else if let Some((kind, first)) = Kind::of(line) {
            let mut block = vec![first];
            while let Some(next) = lines.peek().and_then(|line| Kind::of(line)).filter(|(of, _)| *of == kind) {
                block.push(next.1);
                lines.next();
            }
            kind.put(&mut html, &block);
        } else if !line.trim().is_empty() {
            let mut paragraph = vec![line];
            while let Some(next) = lines.peek().filter(|line| continues(line)) {
                paragraph.push(next);
                lines.next();
            }
            put(&mut html, "p", &inline(&paragraph.join("\n")));
        }
    }
    html
}

/// The text with everything that HTML gives a meaning to taken from it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn put(html: &mut String, element: &str, inner: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(html, "<{element}>{inner}</{element}>");
}

/// Whether a line goes on with the paragraph before it.
fn continues(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with("```") && heading(line).is_none() && Kind::of(line).is_none()
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    let title = line.get(marks..)?.strip_prefix(' ')?;
    (1..=6).contains(&marks).then(|| ((marks + 2).min(6), title.trim()))
}

/// What lines with a mark at their beginning make together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bullets,
    Numbers,
    Quotation,
}

impl Kind {
    fn of(line: &str) -> Option<(Self, &str)> {
        let start = line.trim_start();
        if let Some(rest) = start.strip_prefix("- ").or_else(|| start.strip_prefix("* ")) {
            return Some((Self::Bullets, rest));
        }
        if let Some(rest) = start.strip_prefix('>') {
            return Some((Self::Quotation, rest.trim_start()));
        }
        let (number, rest) = start.split_once(". ")?;
        let is_number = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some((Self::Numbers, rest))
    }

    fn put(self, html: &mut String, lines: &[&str]) {
        let items = || lines.iter().map(|line| format!("<li>{}</li>", inline(line))).collect::<String>();
        match self {
            Self::Bullets => put(html, "ul", &items()),
            Self::Numbers => put(html, "ol", &items()),
            Self::Quotation => put(html, "blockquote", &inline(&lines.join("\n"))),
        }
    }
}

/// Code first, in which nothing else has a meaning; then what is strong, then what is stressed.
fn inline(text: &str) -> String {
    between(&escaped(text), "`", "code", &|rest| {
        between(rest, "**", "strong", &|rest| between(rest, "*", "em", &str::to_owned))
    })
}

/// What stands between two marks, in an element; what is outside of them goes on to `rest`. A mark without another is text.
fn between(text: &str, mark: &str, element: &str, rest: &dyn Fn(&str) -> String) -> String {
    let mut html = String::new();
    let mut left = text;
    while let Some((before, inner, after)) = marked(left, mark) {
        html.push_str(&rest(before));
        let inner = if mark == "`" { inner.to_owned() } else { rest(inner) };
        // Writing to a String cannot fail.
        let _ = write!(html, "<{element}>{inner}</{element}>");
        left = after;
    }
    html.push_str(&rest(left));
    html
}

fn marked<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = text.split_once(mark)?;
    let (inner, after) = rest.split_once(mark)?;
    let holds = !inner.is_empty() && !inner.starts_with(' ') && !inner.ends_with(' ');
    holds.then_some((before, inner, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_mark_has_its_element() {
        let html = to_html("# Gauges\n\nOne *was* **found**\nin `x*y*`.\n- a\n- b\n\n1. c\n> d\n```\n<e>\n```");
        assert_eq!(
            html,
            "<h3>Gauges</h3>\n<p>One <em>was</em> <strong>found</strong>\nin <code>x*y*</code>.</p>\n\
             <ul><li>a</li><li>b</li></ul>\n<ol><li>c</li></ol>\n<blockquote>d</blockquote>\n<pre>&lt;e&gt;</pre>\n"
        );
    }

    proptest::proptest! {
        /// Fuzzed: whatever is written, no element comes out but ours, without attributes, and nothing is fetched.
        #[test]
        fn nothing_written_becomes_an_element(text in "[#>*`<&\"'/a-c .\\-\\n!\\[\\]()0-9]{0,80}") {
            let html = to_html(&text);
            let ours = ["h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em"];
            for element in html.split('<').skip(1) {
                let name = element.split_once('>').map(|(name, _)| name.trim_start_matches('/'));
                proptest::prop_assert!(name.is_some_and(|name| ours.contains(&name)), "{}", html);
            }
        }
    }
}
