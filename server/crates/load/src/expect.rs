use bytes::Bytes;

/// What makes a response a success. Redirects are not followed: what is expected is the
/// redirect itself, or it is a failure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expect {
    /// Expected status.
    pub status: ExpectedStatus,
    /// What must hold of the body, all of it; empty accepts every body (of a route that
    /// answers with the time, say). Compared is what came, so ask for no compression with
    /// `accept-encoding: identity`. A response to HEAD has no body.
    pub body: Vec<ExpectedBody>,
}

/// Statuses that are a success.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExpectedStatus {
    /// 200 to 299.
    #[default]
    Any2xx,
    /// One of these.
    OneOf(Vec<u16>),
}

/// Something that must hold of a body.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectedBody {
    /// It is this.
    Exact(Bytes),
    /// It has this somewhere; as much of the body is kept as this is long.
    Contains(Bytes),
    /// It is JSON that has this value at this place (RFC 6901: `/items/0/name`, empty for
    /// all of it). The whole body is kept for it, up to [`crate::Plan::max_body_bytes`].
    Json {
        /// JSON pointer.
        pointer: String,
        /// Numbers are equal when they are so as numbers.
        value: serde_json::Value,
    },
}

impl ExpectedStatus {
    /// Whether `status` is one of them.
    pub fn accepts(&self, status: u16) -> bool {
        match self {
            Self::Any2xx => (200..300).contains(&status),
            Self::OneOf(statuses) => statuses.contains(&status),
        }
    }
}
