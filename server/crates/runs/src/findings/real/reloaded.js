'use strict';
module.exports = function reloaded(k) {
  let sum = 0;
  for (let i = 0; i < 20_000; i++) sum += (i ^ k) & 7;
  return sum;
};
