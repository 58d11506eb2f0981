// many functions, GC + flush to provoke code-move / sfi-move events
let fns=[]; for(let r=0;r<20;r++){ for(let i=0;i<300;i++){ const f=new Function('x','return x*'+i+'+'+r); for(let k=0;k<30;k++) f(k); fns.push(f);} if(r%3===0) fns=fns.slice(-50); if(global.gc) gc(); }
globalThis.result = fns.length;
