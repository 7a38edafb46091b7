/** Tests of what all protocols share. */
@NullMarked
package io.millrace.gateway;

import org.jspecify.annotations.NullMarked;
