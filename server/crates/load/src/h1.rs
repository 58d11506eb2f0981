//! HTTP/1.1 over sockets that do not block: one event loop per thread.
//!
//! What a request costs is what the load generator adds to a measurement, so in the common
//! case it is one write and one read, and a share of one wait for events: a connection is
//! registered once for both directions, the next request is written as soon as the last
//! response is complete, and a read that does not fill the buffer has emptied the socket.
//! No allocation, lock or timer is made for a request.
//!
//! - [`response`], [`chunked`]: bytes to responses;
//! - [`socket`]: TCP, Unix sockets, TLS;
//! - [`connection`]: one connection with its requests, [`exchange`]: these;
//! - [`event_loop`]: what a thread does, with its [`context`]; [`timer`]: when;
//! - [`probe`]: one request alone.

mod chunked;
mod connection;
mod context;
mod event_loop;
mod exchange;
mod probe;
mod response;
mod socket;
mod timer;

pub(crate) use event_loop::work;
pub(crate) use probe::probe;
