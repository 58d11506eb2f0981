use bytes::Bytes;

/// What makes a response a success.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expect {
    /// Expected status.
    pub status: ExpectedStatus,
    /// What must hold of the body, all of it; empty accepts every body (of a route that
    /// answers with the time, say).
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
    /// It has this somewhere.
    Contains(Bytes),
    /// It is JSON that has this value at this place (RFC 6901: `/items/0/name`, empty for all of it).
    Json {
        /// JSON pointer.
        pointer: String,
        /// Numbers are equal when they are so as numbers.
        value: serde_json::Value,
    },
}

impl Expect {
    /// The body that is expected to the byte, if one is.
    pub fn exact_body(&self) -> Option<&Bytes> {
        self.body.iter().find_map(|body| match body {
            ExpectedBody::Exact(bytes) => Some(bytes),
            _ => None,
        })
    }
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
