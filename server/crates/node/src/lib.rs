//! The Node.js process outside: toolchain discovery, process trees, inspector, ports.
