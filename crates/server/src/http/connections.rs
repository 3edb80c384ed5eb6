//! Connections to the API: so many at once, each with so long to say what it wants and to take what it is told.
//!
//! HTTP/1.1 alone: it is what proxies speak behind them, and what WebSockets begin with. Who drips a head is cut after ten
//! seconds (a body's time is the endpoint's), who does not take an answer likewise; whoever comes when there is no room
//! waits in the listener's queue. Deliberately absent: TLS (the proxy's), and any list of who is connected.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// How many connections there may be, and how patient they are.
#[derive(Clone, Copy)]
struct Bounds {
    /// Connections at once; the rest wait.
    most: usize,
    /// How long a head may take, and how long a connection may be silent between requests.
    head: Duration,
    /// How long it may be silent where others wait for a place.
    under_pressure: Duration,
    /// How long a write may wait for its reader.
    stalled: Duration,
}

const BOUNDS: Bounds = Bounds {
    most: 1_024,
    head: Duration::from_secs(10),
    under_pressure: Duration::from_secs(5),
    stalled: Duration::from_secs(10),
};

/// How often an idle connection looks whether others wait.
const LOOK: Duration = Duration::from_secs(1);
/// After the listener failed (there are no files left, say), it is not tried again for so long.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Answers what comes until it is stopped; then what is in hand is ended.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    serve_within(BOUNDS, listener, router, stop).await;
}

async fn serve_within(bounds: Bounds, listener: TcpListener, router: Router, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(bounds.most));
    let connections = TaskTracker::new();
    while let Some(place) = unless(&stop, Arc::clone(&room).acquire_owned()).await.and_then(Result::ok) {
        match unless(&stop, listener.accept()).await {
            None => break,
            Some(Err(_)) => sleep(AFTER_FAILURE).await,
            Some(Ok((stream, from))) => {
                // Answers are small and asked for one at a time: they leave at once.
                drop(stream.set_nodelay(true));
                let socket = Socket { stream, patience: bounds.stalled, stalled: None, _place: place };
                let served = Connection { bounds, from, router: router.clone(), room: Arc::clone(&room) };
                connections.spawn(served.run(socket, stop.clone()));
            }
        }
    }
    connections.close();
    connections.wait().await;
}

/// What comes of something, unless all is stopped before.
async fn unless<T>(stop: &CancellationToken, something: impl Future<Output = T>) -> Option<T> {
    stop.run_until_cancelled(something).await
}

/// One client's connection.
struct Connection {
    bounds: Bounds,
    from: SocketAddr,
    router: Router,
    room: Arc<Semaphore>,
}

impl Connection {
    async fn run(self, socket: Socket, stop: CancellationToken) {
        let Self { bounds, from, router, room } = self;
        let activity = Activity::default();
        let service = service_fn(|request: Request<Incoming>| {
            let busy = activity.begins();
            let router = router.clone();
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(from));
                let answer = router.oneshot(request).await;
                drop(busy);
                answer.map_err(|never: Infallible| never)
            }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(bounds.head);
        let mut served = pin!(http.serve_connection(TokioIo::new(socket), service).with_upgrades());
        let mut is_ending = false;
        loop {
            tokio::select! {
                // A client that breaks off, or breaks the protocol, is nobody's fault here.
                _ = &mut served => return,
                () = stop.cancelled(), if !is_ending => is_ending = true,
                () = sleep(LOOK), if !is_ending => {
                    is_ending = room.available_permits() == 0 && activity.is_idle_for(bounds.under_pressure);
                }
            }
            if is_ending {
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

/// Whether a request of the connection is being answered, and since when none is.
#[derive(Clone, Default)]
struct Activity(Arc<Mutex<Option<Instant>>>);

/// A request is being answered.
struct Busy(Activity);

impl Activity {
    fn begins(&self) -> Busy {
        self.set(None);
        Busy(self.clone())
    }

    fn set(&self, idle_since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = idle_since;
    }

    /// Whoever has not asked yet is not idle: its head has its own time.
    fn is_idle_for(&self, span: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|since| since.elapsed() >= span)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.set(Some(Instant::now()));
    }
}

/// A client's socket with its place, which is free again when the socket is gone, upgraded or not. A write that waits too
/// long for its reader fails.
struct Socket {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl Socket {
    fn written(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if outcome.is_ready() {
            self.stalled = None;
            return outcome;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const QUICK: Bounds = Bounds {
        most: 1,
        head: Duration::from_millis(600),
        under_pressure: Duration::from_millis(50),
        stalled: Duration::from_millis(300),
    };

    async fn begun(bounds: Bounds) -> (SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let large = || get(|| async { vec![b'x'; 64 << 20] });
        let router = Router::new().route("/", get(|| async { "here" })).route("/large", large());
        tokio::spawn(serve_within(bounds, listener, router, stop.clone()));
        (address, stop)
    }

    async fn sent(address: SocketAddr, head: &str) -> TcpStream {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(head.as_bytes()).await.unwrap();
        socket
    }

    /// All that the server says until it hangs up, and how long that took.
    async fn until_closed(mut socket: TcpStream) -> (usize, Duration) {
        let started = Instant::now();
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest).await;
        (rest.len(), started.elapsed())
    }

    const WHOLE: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    #[tokio::test]
    async fn who_drips_a_head_or_stays_silent_is_cut() {
        let (address, _stop) = begun(QUICK).await;
        for head in ["", "GET / HTTP/1.1\r\nHost: x\r\nX-Dri", WHOLE] {
            let (_, took) = until_closed(sent(address, head).await).await;
            assert!(took >= QUICK.head, "{head:?} {took:?}");
        }
    }

    #[tokio::test]
    async fn who_comes_when_there_is_no_room_waits_and_the_idle_make_room() {
        let bounds = Bounds { head: Duration::from_secs(60), ..QUICK };
        let (address, _stop) = begun(bounds).await;
        let mut first = sent(address, WHOLE).await;
        let mut answer = [0; 12];
        first.read_exact(&mut answer).await.unwrap();
        let mut second = sent(address, WHOLE).await;
        second.read_exact(&mut answer).await.expect("the first was idle, and went");
        assert_eq!(&answer, b"HTTP/1.1 200");
        assert!(until_closed(first).await.1 < bounds.head);
    }

    #[tokio::test]
    async fn a_stop_lets_what_is_in_hand_end() {
        let (address, stop) = begun(Bounds { head: Duration::from_secs(60), ..QUICK }).await;
        let mut socket = sent(address, WHOLE).await;
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        stop.cancel();
        assert!(until_closed(socket).await.1 < Duration::from_secs(30));
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let (address, _stop) = begun(QUICK).await;
        let socket = sent(address, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
        sleep(QUICK.stalled * 5).await;
        let (taken, _) = until_closed(socket).await;
        assert!(taken < 64 << 20, "{taken} bytes came");
    }
}
