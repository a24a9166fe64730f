from .state import AddressBookState as AddressBookState
from .view import AddressBookPanel as AddressBookPanel
