//! A language client in the test's process: the same service as on standard input and output, at the other end of a pipe.

use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tickmark::session::Session;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How long anything may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the client behaves.
#[derive(Clone)]
pub struct Options {
    /// Sent with `initialize`.
    pub capabilities: Value,
    /// The same: `initializationOptions`.
    pub initialization: Value,
    /// The workspace's folders.
    pub folders: Vec<String>,
    /// Answer to `workspace/configuration`.
    pub settings: Value,
    /// Answer to `window/showDocument`.
    pub shows_documents: bool,
    /// Messages of the server that need not be read.
    pub ignored: Vec<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            capabilities: json!({}),
            initialization: Value::Null,
            folders: Vec::new(),
            settings: Value::Null,
            shows_documents: true,
            ignored: vec!["textDocument/publishDiagnostics", "window/logMessage", "tickmark/runsChanged"],
        }
    }
}

impl Options {
    /// With one workspace folder.
    pub fn in_folder(root: &Path) -> Self {
        Self { folders: vec![uri(root)], ..Self::default() }
    }

    /// With those capabilities.
    pub fn with(mut self, capabilities: Value) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// With those options of ours.
    pub fn initialized_with(mut self, options: Value) -> Self {
        self.initialization = options;
        self
    }

    /// Without having to read those messages.
    pub fn ignoring(mut self, methods: &[&'static str]) -> Self {
        self.ignored.extend(methods);
        self
    }
}

type Answers = Arc<Mutex<HashMap<i64, oneshot::Sender<Value>>>>;

/// A client and its server. Dropping it shuts the server down, and fails the test when the server sent something nobody read.
pub struct Client {
    runtime: Runtime,
    output: Option<Arc<tokio::sync::Mutex<WriteHalf<DuplexStream>>>>,
    answers: Answers,
    /// Answers with the id `null`, and what the server asked or told.
    incoming: mpsc::UnboundedReceiver<Value>,
    unread: VecDeque<Value>,
    ignored: Vec<&'static str>,
    next_id: i64,
    session: Arc<Session>,
    server: Option<JoinHandle<Arc<Session>>>,
    /// The answer to `initialize`.
    pub initialized: Value,
}

impl Client {
    /// Starts a server and greets it.
    pub fn start(options: Options) -> Self {
        let folders: Vec<Value> = options.folders.iter().map(|uri| json!({ "uri": uri, "name": "folder" })).collect();
        let (capabilities, initialization) = (options.capabilities.clone(), options.initialization.clone());
        let mut client = Self::connect(options);
        let mut params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders });
        if !initialization.is_null() {
            params["initializationOptions"] = initialization;
        }
        client.initialized = client.request("initialize", params).expect("initialize is answered");
        client.notify("initialized", json!({}));
        client
    }

    /// Starts a server without a word.
    pub fn connect(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let (near, far) = tokio::io::duplex(64 << 10);
        let (their_input, their_output) = tokio::io::split(far);
        let (seen, session) = std::sync::mpsc::channel();
        let server = runtime.spawn(async move {
            tickmark::lsp::serve_with(their_input, their_output, |session| {
                seen.send(Arc::clone(session)).expect("the test waits for it");
            })
            .await
        });
        let session = session.recv_timeout(PATIENCE).expect("the server starts");
        let (input, output) = tokio::io::split(near);
        let output = Arc::new(tokio::sync::Mutex::new(output));
        let answers = Answers::default();
        let (messages, incoming) = mpsc::unbounded_channel();
        runtime.spawn(read(input, Arc::downgrade(&output), Arc::clone(&answers), messages, options.clone()));
        Self {
            runtime,
            output: Some(output),
            answers,
            incoming,
            unread: VecDeque::new(),
            ignored: options.ignored,
            next_id: 1,
            session,
            server: Some(server),
            initialized: Value::Null,
        }
    }

    /// The server's session.
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Does something within the server's runtime.
    pub fn within<T>(&self, work: impl FnOnce(&Arc<Session>) -> T) -> T {
        let _guard = self.runtime.enter();
        work(&self.session)
    }

    /// Sends a request and waits for its answer: the result or the error.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let (_, answer) = self.ask(method, params);
        self.answer_to(answer)
    }

    /// Sends a request.
    pub fn ask(&mut self, method: &str, params: Value) -> (i64, oneshot::Receiver<Value>) {
        let id = self.next_id;
        self.next_id += 1;
        let (sender, answer) = oneshot::channel();
        self.answers.lock().expect("no panic while it is locked").insert(id, sender);
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        (id, answer)
    }

    /// Waits for an answer.
    pub fn answer_to(&mut self, answer: oneshot::Receiver<Value>) -> Result<Value, Value> {
        let answer = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, answer).await });
        let mut answer = answer.expect("an answer in time").expect("the connection holds");
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["result"].take()),
        }
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends bytes.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let output = Arc::clone(self.output.as_ref().expect("the connection is open"));
        self.runtime.block_on(async { output.lock().await.write_all(bytes).await }).expect("the server reads");
    }

    /// Waits for a message of the server by its method (`null`: an answer without a request) and takes it.
    pub fn expect(&mut self, method: &str) -> Value {
        self.expect_that(method, |_| true)
    }

    /// Waits for a message of the server that fits and takes it.
    pub fn expect_that(&mut self, method: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        let is_it = |message: &Value| message["method"].as_str().unwrap_or("null") == method && fits(&message["params"]);
        if let Some(found) = self.unread.iter().position(&is_it) {
            return self.unread.remove(found).expect("it was just found");
        }
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let next = self.runtime.block_on(async { tokio::time::timeout(left, self.incoming.recv()).await });
            let message = next.unwrap_or_else(|_| panic!("no {method} in time; unread: {:#?}", self.unread)).expect("the connection holds");
            if is_it(&message) {
                return message;
            }
            self.unread.push_back(message);
        }
    }

    /// Takes the messages of a method that came so far, and says how many.
    pub fn drain(&mut self, method: &str) -> usize {
        while let Ok(message) = self.incoming.try_recv() {
            self.unread.push_back(message);
        }
        let before = self.unread.len();
        self.unread.retain(|message| message["method"] != method);
        before - self.unread.len()
    }

    /// Asks again and again until the answer fits.
    pub fn poll(&mut self, method: &str, params: Value, fits: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.request(method, params.clone());
            match answer {
                Ok(answer) if fits(&answer) => return answer,
                last => assert!(Instant::now() < until, "{method} never gave what was wanted; last: {last:#?}"),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Says that messages need not be read.
    pub fn ignore(&mut self, methods: &[&'static str]) {
        self.ignored.extend(methods);
    }

    /// Opens a text.
    pub fn open(&mut self, uri: &str, language: &str, text: &str) {
        self.notify("textDocument/didOpen", json!({ "textDocument": { "uri": uri, "languageId": language, "version": 1, "text": text } }));
    }

    /// Replaces a part of a text: `[line, character]` twice, 0-based.
    pub fn edit(&mut self, uri: &str, version: i32, start: [u32; 2], end: [u32; 2], text: &str) {
        let at = |[line, character]: [u32; 2]| json!({ "line": line, "character": character });
        let change = json!({ "range": { "start": at(start), "end": at(end) }, "text": text });
        self.notify("textDocument/didChange", json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [change] }));
    }

    /// Ends the connection without a word, and waits for the server to end.
    pub fn vanish(mut self) -> Arc<Session> {
        if let Some(output) = self.output.take() {
            self.runtime.block_on(async { output.lock().await.shutdown().await }).expect("the connection holds");
        }
        let server = self.server.take().expect("it was not ended yet");
        self.ignored.push("*");
        self.end(server)
    }

    /// Waits for the server to end after `exit`.
    pub fn wait_for_end(mut self) -> Arc<Session> {
        let server = self.server.take().expect("it was not ended yet");
        self.end(server)
    }

    fn end(&mut self, server: JoinHandle<Arc<Session>>) -> Arc<Session> {
        let ended = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, server).await });
        ended.expect("the server ends in time").expect("the server does not panic")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            if std::thread::panicking() {
                server.abort();
                return;
            }
            self.request("shutdown", Value::Null).expect("shutdown is answered");
            self.send(&json!({ "jsonrpc": "2.0", "method": "exit" }));
            self.end(server);
        }
        if std::thread::panicking() || self.ignored.contains(&"*") {
            return;
        }
        while let Ok(message) = self.incoming.try_recv() {
            self.unread.push_back(message);
        }
        let ignored = &self.ignored;
        self.unread.retain(|message| !ignored.contains(&message["method"].as_str().unwrap_or("null")));
        assert!(self.unread.is_empty(), "messages of the server that nobody read: {:#?}", self.unread);
    }
}

/// A file's URI.
pub fn uri(path: &Path) -> String {
    tickmark::lsp::to_proto::file_uri(path).expect("an absolute path").as_str().to_owned()
}

async fn read(
    mut input: ReadHalf<DuplexStream>,
    output: std::sync::Weak<tokio::sync::Mutex<WriteHalf<DuplexStream>>>,
    answers: Answers,
    messages: mpsc::UnboundedSender<Value>,
    options: Options,
) {
    let mut buffer = Vec::new();
    loop {
        while let Some((message, used)) = parse(&buffer) {
            buffer.drain(..used);
            if message.get("method").is_none() {
                let waiting = message["id"].as_i64().and_then(|id| answers.lock().expect("no panic while it is locked").remove(&id));
                match waiting {
                    Some(waiting) => drop(waiting.send(message)),
                    None => drop(messages.send(message)),
                }
                continue;
            }
            if let Some(id) = message.get("id") {
                let result = match message["method"].as_str().unwrap_or_default() {
                    "workspace/configuration" => json!([options.settings]),
                    "window/showDocument" => json!({ "success": options.shows_documents }),
                    _ => Value::Null,
                };
                let body = json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string();
                let Some(output) = output.upgrade() else { return };
                let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
                if output.lock().await.write_all(frame.as_bytes()).await.is_err() {
                    return;
                }
            }
            if messages.send(message).is_err() {
                return;
            }
        }
        match input.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn parse(buffer: &[u8]) -> Option<(Value, usize)> {
    let end = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let header = std::str::from_utf8(&buffer[..end]).expect("an ASCII header");
    let length: usize = header.trim().strip_prefix("Content-Length: ").expect("one header").parse().expect("a number");
    let body = buffer.get(end..end + length)?;
    Some((serde_json::from_slice(body).expect("the server sends JSON"), end + length))
}
