//! A client of Node's inspector: the Chrome DevTools protocol over a WebSocket.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

mod discover;

pub use discover::{Target, targets, url_of};

/// Why a conversation with an inspector failed.
#[derive(Debug, thiserror::Error)]
pub enum InspectorError {
    /// Nothing answered there, or not an inspector.
    #[error("cannot connect to the inspector at {url}: {reason}")]
    Connect {
        /// The address.
        url: String,
        /// The reason.
        reason: String,
    },
    /// The connection ended, usually because the program did.
    #[error("the inspector closed the connection during {method}: {reason}")]
    Closed {
        /// The method that had no answer yet.
        method: String,
        /// The reason.
        reason: String,
    },
    /// The inspector refused.
    #[error("the inspector refused {method}: {message} (code {code})")]
    Refused {
        /// The method.
        method: String,
        /// Error code of the protocol, e.g. -32601 for an unknown method.
        code: i64,
        /// What it said.
        message: String,
    },
    /// Parameters or an answer of an unexpected shape.
    #[error("{method}: {source}")]
    Shape {
        /// The method.
        method: String,
        /// The reason.
        source: serde_json::Error,
    },
    /// The program announced no inspector.
    #[error("the program opened no inspector within {} s (its last output: {output})", .after.as_secs_f32())]
    NotAnnounced {
        /// How long was waited.
        after: Duration,
        /// The end of its output.
        output: String,
    },
}

/// A notification.
#[derive(Debug)]
pub struct Event {
    /// E.g. `HeapProfiler.addHeapSnapshotChunk`.
    pub method: String,
    /// The `params`, as raw JSON text.
    pub params: Box<RawValue>,
}

/// A connection. Dropping it closes the socket.
pub struct Inspector {
    shared: Arc<Shared>,
    send: mpsc::UnboundedSender<Message>,
    next_id: AtomicU64,
    ended: watch::Receiver<bool>,
    tasks: [tokio::task::JoinHandle<()>; 2],
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: HashMap<u64, oneshot::Sender<Reply>>,
    subscribers: Vec<Subscriber>,
    /// Set once the connection is over.
    over: Option<String>,
    unreadable: u64,
}

struct Subscriber {
    methods: HashSet<String>,
    send: mpsc::UnboundedSender<Event>,
}

enum Reply {
    Result(Box<RawValue>),
    Refused { code: i64, message: String },
}

#[derive(Deserialize)]
struct Incoming<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Refusal>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

#[derive(Serialize)]
struct Outgoing<'a, P> {
    id: u64,
    method: &'a str,
    params: P,
}

/// Connects to a `ws://` address as told by Node or [`targets`].
pub async fn connect(url: &str) -> Result<Inspector, InspectorError> {
    // A CPU profile or a heap snapshot is one message of any size.
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let connecting = tokio_tungstenite::connect_async_with_config(url, Some(config), true);
    let failed = |reason: String| InspectorError::Connect { url: url.to_owned(), reason };
    let (socket, _) = match tokio::time::timeout(Duration::from_secs(10), connecting).await {
        Ok(Ok(connected)) => connected,
        Ok(Err(error)) => return Err(failed(error.to_string())),
        Err(_) => return Err(failed("no answer within 10 s".to_owned())),
    };
    let (mut sink, mut stream) = socket.split();
    let shared = Arc::new(Shared::default());
    let (send, mut outgoing) = mpsc::unbounded_channel::<Message>();
    let (tell_end, ended) = watch::channel(false);
    let reader = {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let reason = loop {
                match stream.next().await {
                    Some(Ok(Message::Text(text))) => shared.receive(text.as_str()),
                    Some(Ok(Message::Close(frame))) => {
                        break frame.map_or_else(|| "closed".to_owned(), |frame| format!("closed with code {}", frame.code));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(SocketError::ConnectionClosed)) | None => break "closed".to_owned(),
                    Some(Err(error)) => break error.to_string(),
                }
            };
            shared.end(&reason);
            tell_end.send_replace(true);
        })
    };
    let writer = {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Some(message) = outgoing.recv().await {
                let last = message.is_close();
                if let Err(error) = sink.send(message).await {
                    shared.end(&error.to_string());
                    break;
                }
                if last {
                    break;
                }
            }
        })
    };
    Ok(Inspector { shared, send, next_id: AtomicU64::new(1), ended, tasks: [reader, writer] })
}

impl Inspector {
    /// Sends a command and waits for its answer: the raw JSON text of `result`, of any size.
    pub async fn call(&self, method: &str, params: impl Serialize) -> Result<Box<RawValue>, InspectorError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let text = serde_json::to_string(&Outgoing { id, method, params })
            .map_err(|source| InspectorError::Shape { method: method.to_owned(), source })?;
        let (tell, told) = oneshot::channel();
        {
            let mut state = self.shared.lock();
            if let Some(reason) = &state.over {
                return Err(closed(method, reason.clone()));
            }
            state.waiting.insert(id, tell);
        }
        // A failed send means the writer has ended, and with it `told`.
        let _ = self.send.send(Message::text(text));
        match told.await {
            Ok(Reply::Result(result)) => Ok(result),
            Ok(Reply::Refused { code, message }) => Err(InspectorError::Refused { method: method.to_owned(), code, message }),
            Err(_) => Err(closed(method, self.shared.lock().over.clone().unwrap_or_default())),
        }
    }

    /// Like [`Inspector::call`], with the answer as a type.
    pub async fn call_as<T: DeserializeOwned>(&self, method: &str, params: impl Serialize) -> Result<T, InspectorError> {
        let result = self.call(method, params).await?;
        serde_json::from_str(result.get()).map_err(|source| InspectorError::Shape { method: method.to_owned(), source })
    }

    /// All events of these methods from now on, in their order. The queue has no
    /// limit: events that are not taken out stay in memory.
    pub fn events(&self, methods: &[&str]) -> mpsc::UnboundedReceiver<Event> {
        let (send, receive) = mpsc::unbounded_channel();
        let mut state = self.shared.lock();
        if state.over.is_none() {
            let methods = methods.iter().map(|&method| method.to_owned()).collect();
            state.subscribers.push(Subscriber { methods, send });
        }
        receive
    }

    /// Messages that were no valid protocol messages.
    pub fn unreadable_messages(&self) -> u64 {
        self.shared.lock().unreadable
    }

    /// Waits for the end of the connection.
    pub async fn closed(&self) {
        let mut ended = self.ended.clone();
        // An error means that the reader is gone, which is an end too.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// Closes the connection in order, waiting at most two seconds for the other side.
    pub async fn close(self) {
        let _ = self.send.send(Message::Close(None));
        if tokio::time::timeout(Duration::from_secs(2), self.closed()).await.is_err() {
            tracing::debug!("the inspector did not confirm the end of the connection");
        }
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl std::fmt::Debug for Inspector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspector").field("over", &self.shared.lock().over).finish_non_exhaustive()
    }
}

impl Shared {
    fn receive(&self, text: &str) {
        let message = match serde_json::from_str::<Incoming<'_>>(text) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%error, "the inspector sent something that is no message");
                self.lock().unreadable += 1;
                return;
            }
        };
        let raw = |value: Option<&RawValue>| value.unwrap_or(RawValue::NULL).to_owned();
        if let Some(id) = message.id {
            let waiting = self.lock().waiting.remove(&id);
            let reply = match message.error {
                Some(error) => Reply::Refused { code: error.code, message: error.message },
                None => Reply::Result(raw(message.result)),
            };
            if let Some(waiting) = waiting {
                // Nobody waits any more if the caller's future was dropped.
                let _ = waiting.send(reply);
            }
        } else if let Some(method) = message.method {
            self.lock().subscribers.retain(|subscriber| {
                if !subscriber.methods.contains(method.as_ref()) {
                    return !subscriber.send.is_closed();
                }
                let event = Event { method: method.to_string(), params: raw(message.params) };
                subscriber.send.send(event).is_ok()
            });
        }
    }

    /// Fails everything that waits and ends all subscriptions.
    fn end(&self, reason: &str) {
        let mut state = self.lock();
        state.over.get_or_insert_with(|| reason.to_owned());
        state.waiting.clear();
        state.subscribers.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed(method: &str, reason: String) -> InspectorError {
    InspectorError::Closed { method: method.to_owned(), reason }
}
