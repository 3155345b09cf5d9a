/*
 * Included before everything else it makes double of every float: the naive layers, the network and the
 * executor as they are, in a precision in which differences can tell whether a gradient is right.
 */
#include <Random123/philox.h> /* whose intrinsics mean float when they say so */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define float double
#define tanhf tanh
#define expf  exp
