// The look of the part's own pages, light and dark.
export const STYLE = `:root{color-scheme:light dark;--ink:light-dark(#16162a,#e8e8f0);--soft:light-dark(#56566e,#a3a3b8);--line:light-dark(#d9d9e5,#26263a);--ground:light-dark(#f5f5f9,#0a0a14);--accent:light-dark(#463cd0,#a59fff)}
*{box-sizing:border-box}html,body{height:100%}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.5rem}.report{display:flex;flex-direction:column;max-width:none;height:100%;padding:1rem 1.5rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;text-wrap:balance}p{margin:.25rem 0 1rem;color:var(--soft)}a{color:var(--accent)}
a:focus-visible,iframe:focus-visible{outline:2px solid var(--accent);outline-offset:2px}table{width:100%;border-collapse:collapse}
th,td{text-align:left;padding:.5rem .75rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--soft)}
iframe{flex:1;width:100%;min-height:20rem;border:1px solid var(--line);border-radius:.375rem;background:#fff}nav{margin-bottom:.5rem}nav ul{display:inline;margin:0;padding:0}nav li{display:inline;margin-right:.75rem}`
