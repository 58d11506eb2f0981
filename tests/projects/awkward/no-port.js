// Runs for ever and listens nowhere.
setInterval(() => {}, 1000);
console.log('running');
