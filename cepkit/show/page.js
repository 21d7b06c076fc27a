(function(){
var d=document,toc=d.getElementById('toc'),opened=[];
if(toc&&matchMedia('(max-width:1023px)').matches)toc.open=false;
addEventListener('beforeprint',function(){
opened=[].slice.call(d.querySelectorAll('details.full:not([open])'));
opened.forEach(function(e){e.open=true});
});
addEventListener('afterprint',function(){opened.forEach(function(e){e.open=false})});

// Words of an element, spaces made plain.
function said(e){return e?e.textContent.trim().replace(/[ \n\t]+/g,' '):''}

function save(blob,name){
var a=d.createElement('a');
a.href=URL.createObjectURL(blob);a.download=name;a.click();
setTimeout(function(){URL.revokeObjectURL(a.href)},9999);
}

// The wide drawing with the look that the page gives it, as a stand-alone svg.
function alone(svg){
var copy=svg.cloneNode(true),from=svg.querySelectorAll('*'),to=copy.querySelectorAll('*');
var hatch=d.getElementById('hachures'),defs=d.createElementNS(svg.namespaceURI,'defs');
[].forEach.call(from,function(e,i){
var s=getComputedStyle(e);
['fill','stroke','stroke-width','font-size','font-weight','text-anchor','paint-order',
'stroke-linejoin','font-variant-numeric'].forEach(function(k){
var v=s.getPropertyValue(k);
to[i].style.setProperty(k,v.indexOf('hachures')<0?v:'url(#hachures)');
});
});
if(hatch){
hatch=hatch.cloneNode(true);
hatch.querySelector('.hb').setAttribute('fill','#fff');
hatch.querySelector('.hl').setAttribute('style','stroke:#5F6B74;stroke-width:2.4');
defs.appendChild(hatch);copy.insertBefore(defs,copy.firstChild);
}
copy.style.fontFamily=getComputedStyle(d.body).fontFamily;
return copy;
}

// Lines of a text that fit a width.
function lines(ctx,text,width){
var out=[''];
text.split(' ').forEach(function(word){
var last=out[out.length-1],more=last?last+' '+word:word;
if(ctx.measureText(more).width>width&&last)out.push(word);else out[out.length-1]=more;
});
return out;
}

// PNG of a figure, 16 cm wide at 300 dots an inch: identifier, finding, measure, drawing, source.
function picture(figure,name){
var svg=figure.querySelector('.fig-L'),box=svg.viewBox.baseVal,width=Math.max(720,box.width);
var copy=alone(svg),image=new Image(),canvas=d.createElement('canvas'),ctx=canvas.getContext('2d');
var family=getComputedStyle(d.body).fontFamily,y=0,laid=[];
function lay(text,size,bold,colour){
ctx.font=(bold?'700 ':'400 ')+size+'px '+family;
if(text)lines(ctx,text,width).forEach(function(line){
y+=size*1.35;laid.push([line,y,ctx.font,colour]);
});
}
copy.setAttribute('width',box.width);copy.setAttribute('height',box.height);
lay(said(figure.querySelector('.rep')),12,0,'#4B5761');
lay(said(figure.querySelector('.ft')),17,1,'#1B262E');
lay(said(figure.querySelector('.sub')),14,0,'#4B5761');
var top=y+12;
y=top+box.height+6;
lay(said(figure.querySelector('.lect')),13,0,'#1B262E');
lay(said(figure.querySelector('.src')),12,0,'#4B5761');
image.onload=function(){
var scale=1890/(width+32);
canvas.width=1890;canvas.height=Math.ceil((y+32)*scale);
ctx.scale(scale,scale);ctx.fillStyle='#fff';ctx.fillRect(0,0,width+32,y+32);
ctx.translate(16,12);
laid.forEach(function(l){ctx.font=l[2];ctx.fillStyle=l[3];ctx.fillText(l[0],0,l[1])});
ctx.drawImage(image,0,top,box.width,box.height);
canvas.toBlob(function(blob){save(blob,name+'.png')});
};
image.src='data:image/svg+xml,'+encodeURIComponent(new XMLSerializer().serializeToString(copy));
}

function escaped(text){
return text.replace(/&/g,'&amp;').replace(/</g,'&lt;').replace(/>/g,'&gt;');
}

// A cell: a number when it is written as one, else its words.
function cell(text,plain){
var number=text.replace(/[\u00a0\u202f ]/g,'').replace('\u2212','-').replace(',','.');
if(!plain&&/^[+-]?\d+(\.\d+)?$/.test(number))return '<c><v>'+Number(number)+'</v></c>';
return '<c t="inlineStr"><is><t xml:space="preserve">'+escaped(text)+'</t></is></c>';
}

function row(cells){return '<row>'+cells.join('')+'</row>'}

function crc(bytes){
var c=-1;
for(var i=0;i<bytes.length;i++){
c^=bytes[i];
for(var k=0;k<8;k++)c=c>>>1^(c&1?0xEDB88320:0);
}
return ~c;
}

// A zip without compression (APPNOTE 6.3.3): each file, then the directory.
function zip(files){
var parts=[],directory=[],at=0,size=0,coder=new TextEncoder(),n=0;
function ints(values){
var out=[];
values.forEach(function(v){for(var i=0;i<v[1];i++)out.push(v[0]>>>8*i&255)});
return new Uint8Array(out);
}
Object.keys(files).forEach(function(name){
var data=coder.encode(files[name]),path=coder.encode(name);
var same=[[20,2],[2048,2],[0,2],[0,2],[33,2],[crc(data),4],[data.length,4],[data.length,4],
[path.length,2],[0,2]];
parts.push(ints([[0x04034b50,4]].concat(same)),path,data);
directory.push(ints([[0x02014b50,4],[20,2]].concat(same,[[0,2],[0,2],[0,2],[0,4],[at,4]])),path);
at+=30+path.length+data.length;size+=46+path.length;n++;
});
return parts.concat(directory,ints([[0x06054b50,4],[0,2],[0,2],[n,2],[n,2],[size,4],[at,4],
[0,2]]));
}

// Workbook of a table: title, measure, rows, source.
function workbook(table,words,name){
var head='<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
var office='http://schemas.openxmlformats.org/',main=office+'spreadsheetml/2006/main';
var ns=office+'officeDocument/2006/relationships',sheets=office+'package/2006/';
var kind='application/vnd.openxmlformats-officedocument.spreadsheetml.';
var rows=words.slice(0,-1).filter(Boolean).map(function(t){return row([cell(t,1)])});
[].forEach.call(table.rows,function(r){
rows.push(row([].map.call(r.cells,function(c){return cell(said(c),c.tagName==='TH')})));
});
rows.push(row([cell(words[words.length-1],1)]));
save(new Blob(zip({
'[Content_Types].xml':head+'<Types xmlns="'+sheets+'content-types"><Default Extension="rels" '
+'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
+'Extension="xml" ContentType="'+kind+'worksheet+xml"/><Override PartName="/xl/workbook.xml" '
+'ContentType="'+kind+'sheet.main+xml"/></Types>',
'_rels/.rels':head+'<Relationships xmlns="'+sheets+'relationships"><Relationship Id="r1" Type="'
+ns+'/officeDocument" Target="xl/workbook.xml"/></Relationships>',
'xl/workbook.xml':head+'<workbook xmlns="'+main+'" xmlns:r="'+ns+'"><sheets><sheet '
+'name="Tableau" sheetId="1" r:id="r1"/></sheets></workbook>',
'xl/_rels/workbook.xml.rels':head+'<Relationships xmlns="'+sheets+'relationships"><Relationship '
+'Id="r1" Type="'+ns+'/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
'xl/worksheets/sheet1.xml':head+'<worksheet xmlns="'+main+'"><sheetData>'+rows.join('')
+'</sheetData></worksheet>'
}),{type:kind+'sheet'}),name+'.xlsx');
}

function button(place,label,about,action){
var b=d.createElement('button'),more=d.createElement('span');
b.type='button';b.textContent=label;
more.className='vh';more.textContent=' \u2013 '+about;
b.appendChild(more);b.addEventListener('click',action);place.appendChild(b);
}

[].forEach.call(d.querySelectorAll('main figure, main .tblock'),function(block){
var table=block.querySelector('table');
if(!table||block.parentNode.closest('figure'))return;
var place=d.createElement('p'),caption=said(table.caption),rep=said(block.querySelector('.rep'));
var name=(block.id||rep||caption).replace(/[^\w.-]+/g,'-').replace(/^-|-$/g,'').slice(0,60);
var about=rep||caption;
place.className='take';
if(block.querySelector('.fig-L')){
button(place,'Image (PNG)',about,function(){picture(block,name)});
block.insertBefore(place,block.querySelector('.lect'));
}else block.appendChild(place);
button(place,'Tableau (xlsx)',about,function(){
workbook(table,[rep,said(block.querySelector('.ft')),caption,said(block.querySelector('.src'))],name);
});
});
})();
