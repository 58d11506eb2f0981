//! The language server: protocol, transport and capabilities. What is answered is in [`handlers`](crate::handlers), what is known in
//! [`session`](crate::session).

mod backend;
mod capabilities;
pub mod ext;
pub mod from_proto;
mod guard;
pub mod to_proto;
mod transport;

pub use capabilities::ClientFacts;
pub(crate) use guard::panic_text;

use crate::session::Session;
use backend::Backend;
use guard::Guard;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp::{LspService, Server};

/// Requests that may be in work at the same time. The library's default of 4 lets four slow ones block a hover, and the
/// `$/cancelRequest` behind them.
const CONCURRENCY: usize = 256;

/// How long the last answers may take to be written once the editor has gone.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long running measurements get to stop their processes in order before they are killed.
const STOPPING: Duration = Duration::from_secs(4);

/// Serves the editor at standard input and output until it says `exit`, closes the input or is gone. Everything that was started has
/// ended then. Says whether it ended in order: the protocol wants another exit code after an `exit` without `shutdown`.
pub async fn serve_stdio() -> bool {
    let session = serve(transport::stdin(), tokio::io::stdout()).await;
    let in_order = session.ended_in_order();
    if !in_order {
        tracing::warn!("the editor said `exit` without `shutdown` before it");
    }
    in_order
}

/// Serves the editor at the other end of `input` and `output`; the same service as on standard input and output.
pub async fn serve<I, O>(input: I, output: O) -> Arc<Session>
where
    I: AsyncRead + Unpin + Send + 'static,
    O: AsyncWrite + Send + 'static,
{
    serve_with(input, output, |_| ()).await
}

/// As [`serve`], and shows the session to `observe` before the first message is read.
pub async fn serve_with<I, O>(input: I, output: O, observe: impl FnOnce(&Arc<Session>)) -> Arc<Session>
where
    I: AsyncRead + Unpin + Send + 'static,
    O: AsyncWrite + Send + 'static,
{
    let (service, socket) = backend::service(LspService::build(|client| Backend::new(Session::new(client))));
    let session = Arc::clone(service.inner().session());
    observe(&session);
    let (frames, input_ended) = transport::checked_frames(input);
    let server = Server::new(frames, output, socket).concurrency_level(CONCURRENCY).serve(Guard::new(service, Arc::clone(&session)));
    let cut_off = async {
        // Either way, handlers that still wait for an answer of the editor would wait for ever.
        tokio::select! {
            () = input_ended => {}
            () = session.exited() => {}
            () = session.editor_gone() => {}
        }
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        () = server => {}
        () = cut_off => {}
    }
    session.stop_everything(STOPPING).await;
    session
}
