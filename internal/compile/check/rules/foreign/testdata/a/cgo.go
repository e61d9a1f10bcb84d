package a

import "C"
