package main

import "os"

// inherited is nothing: there are no numbers for files here.
func inherited(int) *os.File { return nil }
