// One place that sees thousands of shapes, for as long as it takes: a line of V8's log for nearly every access.
const objects = Array.from({ length: 4000 }, (_, i) => ({ ['p' + i]: 1, x: i }));

function get(object) {
  return object.x; // FLOOD
}

let sum = 0;
for (let round = 0; round < Number(process.argv[2] ?? 100); round++) {
  for (let i = 0; i < objects.length; i++) sum += get(objects[i]);
}
console.log(sum);
