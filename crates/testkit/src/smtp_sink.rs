//! A small mail server that keeps what it is given and answers as it is told: for tests of sending.
//!
//! It speaks as much SMTP as a client needs (RFC 5321, 3207, 4954), with TLS from the start, after STARTTLS, or not at
//! all. Deliberately absent: checking of what it is given; the tests do that.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is answered at a step instead of the usual: `(step, nth)` gives the whole reply, without its line end. Steps
/// are `CONNECT`, the verbs (`EHLO`, `MAIL`, …) and `.` at a mail's end; `nth` counts each step from 1 over all
/// connections. A reply below 400 goes on as usual. An empty reply closes the connection without a word.
type Answer = dyn Fn(&str, usize) -> Option<String> + Send + Sync;

/// How a sink behaves. The default takes everything, without TLS.
#[derive(Clone, Default)]
pub struct Manner {
    answer: Option<Arc<Answer>>,
    tls: Option<Arc<ServerConfig>>,
    is_implicit: bool,
    drips: Option<Duration>,
}

impl Manner {
    /// Answers so where the function has an answer, and as usual elsewhere.
    pub fn answering(mut self, answer: impl Fn(&str, usize) -> Option<String> + Send + Sync + 'static) -> Self {
        self.answer = Some(Arc::new(answer));
        self
    }

    /// Offers STARTTLS.
    pub fn with_starttls(mut self, tls: Arc<ServerConfig>) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Says each byte so long after the last.
    pub fn dripping(mut self, pause: Duration) -> Self {
        self.drips = Some(pause);
        self
    }

    /// Speaks TLS from the first byte.
    pub fn with_implicit_tls(mut self, tls: Arc<ServerConfig>) -> Self {
        self.tls = Some(tls);
        self.is_implicit = true;
        self
    }
}

/// A mail that was taken.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// What the client called itself.
    pub hello: String,
    /// The argument of AUTH, if there was one.
    pub auth: Option<String>,
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The mail, with dots undone.
    pub mail: Vec<u8>,
    /// Whether it came under TLS.
    pub is_encrypted: bool,
    /// Which connection it came by, from 1.
    pub connection: usize,
}

/// A running server. It ends with the value.
pub struct SmtpSink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    steps: Mutex<Steps>,
    is_over: AtomicBool,
    manner: Manner,
}

impl SmtpSink {
    /// A sink that takes everything.
    pub fn start() -> Self {
        Self::behaving(Manner::default())
    }

    /// A sink with manners of its own, on a free port of 127.0.0.1.
    pub fn behaving(manner: Manner) -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into(), manner)
    }

    /// The same at an address: one that was away and comes back.
    pub fn at(address: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind(address).expect("nobody else listens there");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared { manner, ..Shared::default() });
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (Ok(stream), false) = (stream, served.is_over.load(Ordering::Acquire)) else { break };
                let served = Arc::clone(&served);
                // A client that goes away in the middle is the client's affair.
                thread::spawn(move || Conversation::hold(stream, &served, number + 1).ok());
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails that it has taken, in order.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many mails it has taken.
    pub fn taken(&self) -> usize {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Every step that was taken with it, in order: `CONNECT`, the verbs, `.`.
    pub fn steps(&self) -> Vec<String> {
        self.shared.steps.lock().unwrap_or_else(PoisonError::into_inner).taken.clone()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        // Wakes the listener, so that it sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

/// The steps that were taken, in order, and how often each was.
#[derive(Default)]
struct Steps {
    taken: Vec<String>,
    often: HashMap<String, usize>,
}

impl Steps {
    /// One more; the how many-th of its kind it is, from 1.
    fn take(&mut self, step: &str) -> usize {
        self.taken.push(step.to_owned());
        let often = self.often.entry(step.to_owned()).or_default();
        *often += 1;
        *often
    }
}

/// A stream, encrypted or not.
trait Duplex: Read + Write + Send {}
impl<T: Read + Write + Send> Duplex for T {}

/// One client.
struct Conversation<'a> {
    stream: BufReader<Box<dyn Duplex>>,
    shared: &'a Shared,
    mail: Received,
}

impl<'a> Conversation<'a> {
    fn hold(stream: TcpStream, shared: &'a Shared, connection: usize) -> io::Result<()> {
        let mail = Received { connection, ..Received::default() };
        let mut conversation = Self { stream: BufReader::new(Box::new(stream)), shared, mail };
        if shared.manner.is_implicit {
            conversation = conversation.encrypt()?;
        }
        if !conversation.reply("CONNECT", "220 sink")? {
            return Ok(());
        }
        while let Some(line) = conversation.line()? {
            let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            if !conversation.step(&verb, &line)? || verb == "QUIT" {
                break;
            }
            if verb == "STARTTLS" {
                conversation = conversation.encrypt()?;
            }
        }
        Ok(())
    }

    /// Answers one command; `false` where the conversation is over.
    fn step(&mut self, verb: &str, line: &str) -> io::Result<bool> {
        let argument = line.get(verb.len() + 1..).unwrap_or_default().to_owned();
        match verb {
            "EHLO" => {
                self.mail.hello = argument;
                let offer = self.shared.manner.tls.is_some() && !self.mail.is_encrypted;
                let starttls = if offer { "250-STARTTLS\r\n" } else { "" };
                self.reply(verb, &format!("250-sink\r\n{starttls}250-AUTH PLAIN LOGIN\r\n250 8BITMIME"))
            }
            "STARTTLS" => self.reply(verb, "220 go on"),
            "AUTH" => {
                self.mail.auth = Some(argument);
                self.reply(verb, "235 welcome")
            }
            "MAIL" => {
                self.mail.from = path(&argument);
                self.mail.to.clear();
                self.reply(verb, "250 ok")
            }
            "RCPT" => {
                self.mail.to.push(path(&argument));
                self.reply(verb, "250 ok")
            }
            "DATA" => {
                if !self.says(verb, "354 go on")?.starts_with('3') {
                    return Ok(true);
                }
                self.mail.mail = self.data()?;
                let answer = self.answer(".", "250 taken");
                if answer.starts_with('2') {
                    let mut received = self.shared.received.lock().unwrap_or_else(PoisonError::into_inner);
                    received.push(self.mail.clone());
                }
                self.send(&answer)
            }
            "NOOP" | "RSET" => self.reply(verb, "250 ok"),
            "QUIT" => self.reply(verb, "221 bye"),
            _ => self.reply(verb, "500 what?"),
        }
    }

    fn encrypt(self) -> io::Result<Self> {
        let config = self.shared.manner.tls.clone().ok_or(io::ErrorKind::Unsupported)?;
        let session = ServerConnection::new(config).map_err(io::Error::other)?;
        let stream: Box<dyn Duplex> = Box::new(StreamOwned::new(session, self.stream.into_inner()));
        let mail = Received { is_encrypted: true, ..self.mail };
        Ok(Self { stream: BufReader::new(stream), shared: self.shared, mail })
    }

    /// Takes the step and answers it; `false` where the connection is to be closed.
    fn reply(&mut self, step: &str, usual: &str) -> io::Result<bool> {
        Ok(!self.says(step, usual)?.is_empty())
    }

    /// Takes the step, answers it, and tells how.
    fn says(&mut self, step: &str, usual: &str) -> io::Result<String> {
        let answer = self.answer(step, usual);
        self.send(&answer)?;
        Ok(answer)
    }

    fn answer(&self, step: &str, usual: &str) -> String {
        let nth = self.shared.steps.lock().unwrap_or_else(PoisonError::into_inner).take(step);
        let own = self.shared.manner.answer.as_ref().and_then(|answer| answer(step, nth));
        own.unwrap_or_else(|| usual.to_owned())
    }

    /// Sends a reply; `false` where it is none.
    fn send(&mut self, reply: &str) -> io::Result<bool> {
        if reply.is_empty() {
            return Ok(false);
        }
        let reply = format!("{reply}\r\n");
        let at_once = if self.shared.manner.drips.is_some() { 1 } else { reply.len() };
        for some in reply.as_bytes().chunks(at_once) {
            thread::sleep(self.shared.manner.drips.unwrap_or_default());
            let stream = self.stream.get_mut();
            stream.write_all(some)?;
            stream.flush()?;
        }
        Ok(true)
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let length = self.stream.read_line(&mut line)?;
        Ok((length > 0).then(|| line.trim_end().to_owned()))
    }

    fn data(&mut self) -> io::Result<Vec<u8>> {
        let mut mail = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line == b".\r\n" {
                return Ok(mail);
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

/// What stands between the angle brackets.
fn path(argument: &str) -> String {
    let inside = argument.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>'));
    inside.map_or_else(|| argument.to_owned(), |(path, _)| path.to_owned())
}
