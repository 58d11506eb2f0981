//! Newtype handles into the tables of a [`Profile`](crate::Profile).

use serde::{Deserialize, Serialize};

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The row in its table.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The handle of a row.
            ///
            /// Tables are bounded by memory well below `u32::MAX` rows; a row beyond that saturates.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    };
}

handle!(
    /// Row of [`Profile::sources`](crate::Profile::sources).
    SourceId
);
handle!(
    /// Row of [`Profile::frames`](crate::Profile::frames).
    FrameId
);
handle!(
    /// Row of [`Profile::locations`](crate::Profile::locations).
    LocationId
);
handle!(
    /// Row of [`Profile::tree`](crate::Profile::tree).
    NodeId
);
handle!(
    /// Row of [`Decisions::shapes`](crate::decisions::Decisions::shapes).
    ShapeId
);
