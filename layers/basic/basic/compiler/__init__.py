"""The back end: checks syntax trees and compiles them to a program."""
