// Package picture makes pictures of others small enough for a terminal, within
// bounds: what a file says of its size is looked at before anything is decoded,
// one picture is decoded at a time, and what takes too long is given up.
//
// PNG, JPEG, GIF and WebP are known; of several pictures in one the first counts.
package picture
