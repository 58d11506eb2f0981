// pathological: thousands of shapes through one site => each access can miss the megamorphic stub cache
const objs=[]; for(let i=0;i<4000;i++){ const o={}; o['p'+i]=1; o.x=i; objs.push(o); }
function get(o){ return o.x; }
let s=0; for(let r=0;r<10;r++) for(let i=0;i<objs.length;i++) s+=get(objs[i]);
globalThis.result = s;
