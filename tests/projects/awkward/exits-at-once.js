// Ends with code 0 before it listens anywhere.
console.log('nothing to do');
